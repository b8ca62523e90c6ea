import { parseEventId } from "@sofer/core";
import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { encodeLive, eventStream, type StreamMessage } from "../live/event-stream.ts";
import { tooMany } from "../problem.ts";
import { pageQuery } from "../schemas/common.ts";
import { EventPage } from "../schemas/work.ts";

/** Open streams; each costs some KB and a message a second. */
const MOST_STREAMS = 250;
/** The run at a glance goes into the streams so often at most. */
const LIVE_FRESH_MS = 1_000;

const name = (description: string) => t.String({ pattern: "^\\d{1,12}-\\d{1,12}$", description });

/** What happens, as it happens, and what the library keeps of it. */
export function events({ run, status, cache, events: log }: ApiContext) {
  let open = 0;
  const live = () =>
    cache.get(
      "live encoded",
      () => {
        const now = run?.live() ?? null;
        return now === null ? "" : encodeLive(now);
      },
      LIVE_FRESH_MS,
    );
  async function* counted(lastId: string | null, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    open++;
    try {
      yield* eventStream({ events: log, status, live, lastId, signal });
    } finally {
      open--;
    }
  }
  return new Elysia({ tags: ["events"] })
    .get(
      "/api/events",
      ({ headers, query, request, set }) => {
        if (open >= MOST_STREAMS) return tooMany(`${open} streams are open already`);
        set.headers["content-type"] = "text/event-stream; charset=utf-8";
        const lastId = headers["last-event-id"] ?? query.after ?? null;
        // Framed already, once for all streams; a client is given the messages.
        return counted(lastId, request.signal) as unknown as AsyncGenerator<StreamMessage>;
      },
      {
        query: t.Object({ after: t.Optional(name("the last event that is known, as Last-Event-ID")) }),
        headers: t.Object({ "last-event-id": t.Optional(t.String({ maxLength: 100 })) }),
        detail: { summary: "events as they happen (server-sent events), from Last-Event-ID on" },
      },
    )
    .get(
      "/api/events/kept",
      ({ query: { limit, after, run: runId } }) => {
        const place = after === undefined ? null : parseEventId(after);
        const rows = status.events({
          limit: limit + 1,
          ...(place === null ? {} : { after: place }),
          ...(runId === undefined ? {} : { runId }),
        });
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        return { items, next: rows.length > limit && last !== undefined ? `${last.runId}-${last.seq}` : null };
      },
      {
        query: t.Object({
          limit: pageQuery.limit,
          after: t.Optional(name("`next` of the page before")),
          run: t.Optional(t.Integer({ minimum: 0 })),
        }),
        response: { 200: EventPage },
        detail: { summary: "events that the library keeps, oldest first" },
      },
    );
}
