import { edenGC, fullGC } from "bun:jsc";

/**
 * After so many times the bytes for which it collects, the memory is given back to the system, too (`Bun.gc(true)`): all pages that
 * are free just then, which are asked for again a moment later. M, 253 real books by the bucket, two workers: at each
 * collection it takes 23.4 s of CPU instead of 21.9 at each fourth; between each fourth of 16 MB and each second of 8 there is no
 * difference. What one large answer leaves is given back at once.
 */
const GIVEN_BACK_EACH = 2;

/**
 * Collects garbage after so many bytes of it. Left to itself a thread that mostly waits keeps what it has done with for
 * minutes, and one that works lets its heap grow to a multiple of what it needs.
 */
export class Garbage {
  readonly #most: number;
  readonly #collect: () => unknown;
  #bytes = 0;
  /** Since memory was given back. */
  #kept = 0;

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
    this.#kept += this.#bytes;
    this.#bytes = 0;
    if (this.#kept < GIVEN_BACK_EACH * this.#most) this.#collect();
    else {
      this.#kept = 0;
      Bun.gc(true);
    }
  }
}
