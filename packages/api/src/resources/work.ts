import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { pageQuery, Problem, words } from "../schemas/common.ts";
import { FailurePage, SinkList, UnitPage, UnitState } from "../schemas/work.ts";

/** Ledgers are counted whole. */
const SINKS_FRESH_MS = 2_000;

/** What runs had to do, and what failed of it. */
export function work({ library, status, cache }: ApiContext) {
  return new Elysia({ tags: ["work"] })
    .get(
      "/api/units",
      ({ query: { limit, after, run: asked, state, title } }) =>
        cache.get(`units ${JSON.stringify([limit, after, asked, state, title])}`, () => {
          const runId = asked ?? status.runs({ limit: 1 })[0]?.id ?? null;
          if (runId === null) return { items: [], next: null, runId };
          const rows = status.units({
            runId,
            limit: limit + 1,
            ...(after === undefined ? {} : { after }),
            ...(state === undefined ? {} : { state }),
            ...(title === undefined ? {} : { title }),
          });
          const items = rows.slice(0, limit);
          return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null, runId };
        }),
      {
        query: t.Object({
          ...pageQuery,
          run: t.Optional(t.Integer({ minimum: 0, description: "without it, the last one" })),
          state: t.Optional(UnitState),
          title: t.Optional(words("of one book only")),
        }),
        response: { 200: UnitPage, 404: Problem },
        detail: { summary: "units of a run, by their ids" },
      },
    )
    .get(
      "/api/sinks",
      () =>
        cache.get(
          "sinks",
          () => ({ items: library.sinks().map(({ name, chunks }) => ({ name, chunks })) }),
          SINKS_FRESH_MS,
        ),
      {
        response: { 200: SinkList },
        detail: { summary: "stores that chunks were pushed to, and how many each has acknowledged" },
      },
    )
    .get(
      "/api/failures",
      ({ query: { limit, after, code, title } }) =>
        cache.get(`failures ${JSON.stringify([limit, after, code, title])}`, () => {
          const filter = { ...(code === undefined ? {} : { code }), ...(title === undefined ? {} : { title }) };
          const rows = status.failures({ ...filter, limit: limit + 1, ...(after === undefined ? {} : { after }) });
          const items = rows.slice(0, limit).map((row) => ({ ...row, causes: [...row.causes] }));
          const byCode = Object.fromEntries(status.failuresByCode(filter));
          const total = Object.values(byCode).reduce((sum, count) => sum + count, 0);
          return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null, total, byCode };
        }),
      {
        query: t.Object({
          limit: pageQuery.limit,
          after: t.Optional(t.Integer({ minimum: 0 })),
          code: t.Optional(words("of one cause only")),
          title: t.Optional(words("of one book only")),
        }),
        response: { 200: FailurePage },
        detail: { summary: "open failures with their causes" },
      },
    );
}
