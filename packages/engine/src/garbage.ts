/**
 * Collects garbage after so many bytes of it. Left to itself a thread that mostly waits keeps what it has done with for
 * minutes, and one that works lets its heap grow to a multiple of what it needs.
 */
export class Garbage {
  readonly #most: number;
  #bytes = 0;

  /** @param most bytes that may lie about */
  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** To be called where little else is alive. Takes some 10 ms when there is enough to be collected. */
  collect(): void {
    if (this.#bytes < this.#most) return;
    this.#bytes = 0;
    Bun.gc(true);
  }
}
