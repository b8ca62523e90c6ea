import type { EventListener } from "@sofer/core";

/** How many units of each book are still to come, and whether one has failed: says when a book has ended, and how. */
export class OpenBooks {
  readonly #open = new Map<string, number>();
  readonly #failed = new Set<string>();
  readonly #onEvent: EventListener;

  constructor(onEvent: EventListener) {
    this.#onEvent = onEvent;
  }

  add(title: string, units: number): void {
    this.#open.set(title, (this.#open.get(title) ?? 0) + units);
  }

  failed(title: string): void {
    this.#failed.add(title);
  }

  /** One unit has ended. */
  step(title: string): void {
    const open = (this.#open.get(title) ?? 1) - 1;
    this.#open.set(title, open);
    if (open === 0) this.#onEvent({ type: this.#failed.has(title) ? "book-failed" : "book-completed", title });
  }
}
