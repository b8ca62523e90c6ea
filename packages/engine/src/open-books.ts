/** How many units of each book are still to come, and whether one has failed: tells when a book has ended, and how. */
export class OpenBooks {
  readonly #open = new Map<string, number>();
  readonly #failed = new Set<string>();
  readonly #onEnded: (title: string, hasFailed: boolean) => void;

  constructor(onEnded: (title: string, hasFailed: boolean) => void) {
    this.#onEnded = onEnded;
  }

  add(title: string, units: number): void {
    this.#open.set(title, (this.#open.get(title) ?? 0) + units);
  }

  /** It is tried again: what failed before counts no more. */
  again(title: string): void {
    this.#failed.delete(title);
  }

  failed(title: string): void {
    this.#failed.add(title);
  }

  /** One unit has ended. */
  step(title: string): void {
    const open = (this.#open.get(title) ?? 1) - 1;
    this.#open.set(title, open);
    if (open === 0) this.#onEnded(title, this.#failed.has(title));
  }
}
