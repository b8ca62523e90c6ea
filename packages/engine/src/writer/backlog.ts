/**
 * Bytes on their way to somebody who is slower. Whoever makes more waits while there are more than `most`; one may always
 * go, however large.
 */
export class Backlog {
  readonly #most: number;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  handled(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes > this.#most) return;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Calls `go` now, or as soon as there are no more than `most`, after those that wait already. */
  whenRoom(go: () => void): void {
    if (this.#bytes <= this.#most) go();
    else this.#waiting.push(go);
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.whenRoom(resolve));
  }
}
