import { eventId, type StampedEvent } from "@sofer/core";
import { sse } from "elysia";

/** Events held in memory: of a busy run some minutes; each some hundred bytes. */
const MOST = 20_000;

export type EventPlace = Pick<StampedEvent, "runId" | "seq">;

interface Held {
  readonly stamped: StampedEvent;
  /** As it goes to every stream. */
  readonly text: string;
}

/**
 * The newest events of the run, encoded once for all streams. Each stream remembers where it is and comes for what is
 * new: nothing is queued for a slow one, and one that falls behind what is held is told so.
 */
export class EventLog {
  readonly #most: number;
  #held: Held[] = [];
  /** The last event before `#held`. */
  #before: EventPlace | null;
  #waiting: (() => void)[] = [];
  #isOver = false;

  /** @param runId of a run whose first event comes first; null: none comes */
  constructor(runId: number | null = null, most = MOST) {
    this.#before = runId === null ? null : { runId, seq: 0 };
    this.#most = most;
  }

  /** In their order. What is held has no hole: where events are missing, those before are held no more. */
  add(events: readonly StampedEvent[]): void {
    for (const stamped of events) {
      const { last } = this;
      if (last !== null && stamped.seq !== last.seq + 1) this.#held = [];
      this.#held.push({ stamped, text: encodeEvent(stamped) });
    }
    // Dropped by halves, so that the list is not moved at each event.
    if (this.#held.length > this.#most) this.#held = this.#held.slice(-Math.ceil(this.#most / 2));
    const { first } = this;
    if (first !== null) this.#before = { runId: first.runId, seq: first.seq - 1 };
    this.wake();
  }

  /** Nothing more comes: streams say what they have, and end. */
  end(): void {
    this.#isOver = true;
    this.wake();
  }

  /** Whether a stream has come for everything, and waits for more. */
  get isRead(): boolean {
    return this.#waiting.length > 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Streams look again. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get first(): EventPlace | null {
    return this.#held[0]?.stamped ?? null;
  }

  /** The newest event; before the run's first one, the place before it. */
  get last(): EventPlace | null {
    return this.#held.at(-1)?.stamped ?? this.#before;
  }

  /** What comes after an event: at most `most` of them, as one text. */
  after(at: EventPlace, most: number): { text: string; last: EventPlace | null } {
    const from = this.#indexAfter(at);
    const part = this.#held.slice(from, from + most);
    return { text: part.map((held) => held.text).join(""), last: part.at(-1)?.stamped ?? null };
  }

  /** Resolves when there may be something new, or the signal says that nobody waits any more. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#waiting.push(done);
    });
  }

  #indexAfter({ runId, seq }: EventPlace): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const held = this.#held[middle]?.stamped;
      if (held !== undefined && (held.runId < runId || (held.runId === runId && held.seq <= seq))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** `sse()` frames it: what is not framed is glued together on the way (and a client then fails on it). */
export function encodeEvent(stamped: StampedEvent): string {
  return encode({ id: eventId(stamped), event: stamped.event.type, data: JSON.stringify(stamped) });
}

export function encode(payload: { id?: string; event: string; data: string }): string {
  const framed = sse(payload) as { toSSE?: () => string };
  return framed.toSSE?.() ?? "";
}
