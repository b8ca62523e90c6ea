/** Work that is done a bit at a time while nothing comes, and stops for whatever does. */
export class IdleWork {
  readonly #bit: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: ReturnType<typeof setImmediate> | undefined;

  /** @param bit a few ms of it; true: there is more */
  constructor(bit: () => boolean) {
    this.#bit = bit;
  }

  /** Begins when nothing has come for so many ms. To be called after whatever comes. */
  after(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#go(), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
  }

  /** Between two bits messages are taken. */
  #go(): void {
    if (this.#bit()) this.#next = setImmediate(() => this.#go());
  }
}
