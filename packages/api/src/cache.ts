import { systemClock, type Clock } from "@sofer/core";

/** Answers kept at most; the oldest goes first. Each is a page of rows, so all of them are some tens of MB at most. */
const MOST = 500;
/** An answer is as good as new for so long: whoever polls, and however many, costs one look a tenth of a second. */
export const FRESH_MS = 100;

interface Kept {
  /** When it was made; while it is being made it is as fresh as can be. */
  at: number;
  readonly value: unknown;
}

/** Answers that many ask for at once, made once. A failure is not kept. */
export class Cache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @param key names the answer and everything that it depends on */
  get<T>(key: string, make: () => T, freshMs: number = FRESH_MS): T {
    const now = this.#clock.monotonicMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && now - kept.at < freshMs) return kept.value as T;
    const value = make();
    const made = { at: value instanceof Promise ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs(), value };
    this.#kept.delete(key);
    this.#kept.set(key, made);
    if (value instanceof Promise) void this.#settle(key, made, value);
    if (this.#kept.size > MOST) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return value;
  }

  async #settle(key: string, made: Kept, value: Promise<unknown>): Promise<void> {
    try {
      await value;
      made.at = this.#clock.monotonicMs();
    } catch {
      // Whoever asked is told of it; the next one tries again.
      if (this.#kept.get(key) === made) this.#kept.delete(key);
    }
  }
}
