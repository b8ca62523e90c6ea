import { eventId, parseEventId, type StampedEvent } from "@sofer/core";
import type { StatusReader } from "@sofer/store";
import type { Live } from "../schemas/runs.ts";
import type { Gap } from "../schemas/work.ts";
import { encode, encodeEvent, type EventLog, type EventPlace } from "./event-log.ts";

/** Events of one piece: what a reader gets at once. */
const PIECE = 500;

export interface StreamOptions {
  readonly events: EventLog;
  readonly status: StatusReader;
  /** The run at this moment, encoded for all streams, or "" when there is none. */
  readonly live: () => string;
  /** Name of the last event that the reader has; null: it begins now. */
  readonly lastId: string | null;
  readonly signal: AbortSignal;
}

const encoder = new TextEncoder();

/**
 * One reader's events: first what it missed, then what happens. Nothing is sent twice and nothing left out in silence:
 * what is held no more is read from the library, which keeps a part of them, and a `gap` says so. The reader is
 * waited for; one that is too slow falls behind what is held, and comes to a gap.
 */
export async function* eventStream(options: StreamOptions): AsyncGenerator<Uint8Array> {
  const { events, status, signal, live } = options;
  yield encoder.encode("retry: 1000\n\n");
  let at = startOf(options);
  if (typeof at === "string") {
    yield encoder.encode(at);
    at = events.last ?? status.lastEvent() ?? { runId: 0, seq: 0 };
  }
  let said = "";
  let isSilent = false;
  while (!signal.aborted) {
    if (isBehind(options, at)) {
      isSilent = false;
      for (const piece of missed(options, at)) {
        if (signal.aborted) return;
        at = piece.at;
        if (piece.text !== "") yield encoder.encode(piece.text);
      }
    }
    const { text, last } = events.after(at, PIECE);
    if (last !== null) {
      at = last;
      isSilent = false;
      yield encoder.encode(text);
      continue;
    }
    const now = live();
    if (now !== said) yield encoder.encode(now);
    // A stream that has nothing to say says that it is there.
    else if (isSilent) yield encoder.encode(": \n\n");
    said = now;
    isSilent = true;
    if (events.isOver) return;
    await events.changed(signal);
  }
}

/** Where a reader goes on; the text of a gap when its last event is none. */
function startOf({ lastId, events, status }: StreamOptions): EventPlace | string {
  const newest = events.last ?? status.lastEvent() ?? { runId: 0, seq: 0 };
  if (lastId === null) return newest;
  const place = parseEventId(lastId);
  if (place !== null && !isAfter(place, newest)) return place;
  return encodeGap({
    from: lastId,
    to: eventId(newest),
    why: "there is no such event; what happens from now on follows",
  });
}

/** Whether there are events after this one that are not held. Of a library at rest none are. */
function isBehind({ events, status }: StreamOptions, at: EventPlace): boolean {
  const { first } = events;
  if (first !== null) return isAfter(first, at) && !isNext(at, first, false);
  const newest = status.lastEvent();
  return newest !== null && isAfter(newest, at);
}

/** What the library keeps of the events between, piece by piece, each hole with a gap. */
function* missed({ events, status }: StreamOptions, from: EventPlace): Generator<{ text: string; at: EventPlace }> {
  let at = from;
  let isEnd = isRunEnd(status, from);
  for (;;) {
    const { first } = events;
    const kept = status
      .events({ limit: PIECE, after: at })
      .filter((stamped) => first === null || isAfter(first, stamped));
    let text = "";
    for (const stamped of kept) {
      if (!isNext(at, stamped, isEnd)) {
        text += encodeGap({ from: eventId(at), to: eventId(stamped), why: HELD_NO_MORE });
      }
      text += encodeEvent(stamped);
      at = stamped;
      isEnd = stamped.event.type === "run-ended";
    }
    if (text !== "") yield { text, at };
    if (kept.length > 0) continue;
    if (first === null) return;
    // What is held begins with `first`: all before it has been said, or is lost.
    const before = { runId: first.runId, seq: first.seq - 1 };
    if (!isNext(at, first, isEnd)) {
      yield { text: encodeGap({ from: eventId(at), to: eventId(first), why: HELD_NO_MORE }), at: before };
    } else yield { text: "", at: before };
    return;
  }
}

const HELD_NO_MORE = "the events between are held no more; of long ago only some are kept";

function isAfter(a: EventPlace, b: EventPlace): boolean {
  return a.runId > b.runId || (a.runId === b.runId && a.seq > b.seq);
}

/** Nothing lies between. A run's first event comes next after the last one of a run before. @param isEnd `at` is one */
function isNext(at: EventPlace, next: EventPlace, isEnd: boolean): boolean {
  return next.runId === at.runId ? next.seq === at.seq + 1 : isEnd && next.seq === 1;
}

/** A run that was killed has no last event: what it did after the last one that is kept is not known. */
function isRunEnd(status: StatusReader, { runId, seq }: EventPlace): boolean {
  if (runId === 0) return true;
  const [stamped] = status.events({ limit: 1, after: { runId, seq: seq - 1 } });
  return stamped?.runId === runId && stamped.seq === seq && stamped.event.type === "run-ended";
}

function encodeGap(gap: Gap): string {
  return encode({ event: "gap", data: JSON.stringify(gap) });
}

/** Without a name of its own: whoever comes back goes on after the last event. */
export function encodeLive(live: Live): string {
  return encode({ event: "live", data: JSON.stringify(live) });
}

/** What a stream's reader gets, by the name of the message. */
export type StreamMessage =
  | { readonly id: string; readonly event: Exclude<string, "gap" | "live">; readonly data: StampedEvent }
  | { readonly event: "gap"; readonly data: Gap }
  | { readonly event: "live"; readonly data: Live };
