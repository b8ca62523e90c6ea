import pLimit from "p-limit";

/**
 * Work that is under way, at most so many at once: whoever adds more waits until there is room. The first that fails is
 * thrown to whoever adds next, or waits for the end.
 */
export class InFlight {
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly thrown: unknown } | null = null;

  constructor(concurrency: number) {
    this.#limit = pLimit(concurrency);
  }

  /** Resolves when the work has begun. */
  add(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const running = this.#limit(async () => {
        // After a failure nothing more is begun.
        if (this.#failure !== null) return reject(this.#failure.thrown);
        resolve();
        try {
          await work();
        } catch (thrown) {
          this.#failure ??= { thrown };
        }
      });
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    });
  }

  /** Resolves when nothing is under way, failed or not. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** The same; throws what failed first. */
  async finished(): Promise<void> {
    await this.settled();
    if (this.#failure !== null) throw this.#failure.thrown;
  }
}
