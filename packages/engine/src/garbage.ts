import { edenGC, fullGC } from "bun:jsc";

/**
 * Of so many collections one gives the memory back to the system, too (`Bun.gc(true)`): all pages that are free just then, which
 * are asked for again a moment later. M, 253 real books by the bucket, two workers: 21.9 s of CPU instead of 23.4, and 30 to
 * 50 MB more of 530 at the peak.
 */
const GIVEN_BACK_EACH = 4;

/**
 * Collects garbage after so many bytes of it. Left to itself a thread that mostly waits keeps what it has done with for
 * minutes, and one that works lets its heap grow to a multiple of what it needs.
 */
export class Garbage {
  readonly #most: number;
  readonly #collect: () => unknown;
  #bytes = 0;
  #collections = 0;

  /**
   * @param most bytes that may lie about
   * @param what they collect: all there is, or only what has come since the last, where hardly anything outlives two of them
   */
  constructor(most: number, what: "all" | "young" = "all") {
    this.#most = most;
    this.#collect = what === "all" ? fullGC : edenGC;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** To be called where little else is alive. Takes some 10 ms when there is enough to be collected. */
  collect(): void {
    if (this.#bytes < this.#most) return;
    this.#bytes = 0;
    if (++this.#collections % GIVEN_BACK_EACH === 0) Bun.gc(true);
    else this.#collect();
  }
}
