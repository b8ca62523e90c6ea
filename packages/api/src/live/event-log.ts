import { eventId, type StampedEvent } from "@sofer/core";
import { sse } from "elysia";

/** Events held in memory: of a busy run some minutes; each some hundred bytes. */
const MOST = 20_000;

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
  /** Events before `#held` that are held no more, and those that never came here. */
  #lastDropped: StampedEvent | null = null;
  #waiting: (() => void)[] = [];

  constructor(most = MOST) {
    this.#most = most;
  }

  /** In their order. */
  add(events: readonly StampedEvent[]): void {
    for (const stamped of events) this.#held.push({ stamped, text: encodeEvent(stamped) });
    // Dropped by halves, so that the list is not moved at each event.
    if (this.#held.length > this.#most) {
      const dropped = this.#held.splice(0, this.#held.length - Math.ceil(this.#most / 2));
      this.#lastDropped = dropped.at(-1)?.stamped ?? this.#lastDropped;
    }
    this.wake();
  }

  /** Streams look again. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get first(): StampedEvent | null {
    return this.#held[0]?.stamped ?? null;
  }

  get last(): StampedEvent | null {
    return this.#held.at(-1)?.stamped ?? this.#lastDropped;
  }

  /** What comes after an event: at most `most` of them, as one text. */
  after(
    at: { readonly runId: number; readonly seq: number },
    most: number,
  ): { text: string; last: StampedEvent | null } {
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

  #indexAfter({ runId, seq }: { readonly runId: number; readonly seq: number }): number {
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
