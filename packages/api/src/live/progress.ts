import type { RunEvent } from "@sofer/core";

/** What the events of a run come to. */
export interface Progress {
  readonly phase: "planning" | "fetching" | "finishing" | "stopping" | "ended";
  readonly source: "service" | "bucket" | null;
  /** null: the plan is not made yet. */
  readonly books: number | null;
  readonly heldBooks: number;
  readonly doneBooks: number;
  readonly failedBooks: number;
  readonly slots: number;
  readonly slotsDone: number;
  readonly texts: number;
  readonly chunks: number;
  readonly failures: number;
  readonly retries: number;
}

interface StartedBook {
  readonly slots: number;
  units: number;
  done: number;
  /** Its part of `slotsDone`. */
  counted: number;
}

/** Adds up a run's events as they come. A book counts in the measure of its units: how many versions it has is not known before. */
export class ProgressCounter {
  #sums: Progress = {
    phase: "planning",
    source: null,
    books: null,
    heldBooks: 0,
    doneBooks: 0,
    failedBooks: 0,
    slots: 0,
    slotsDone: 0,
    texts: 0,
    chunks: 0,
    failures: 0,
    retries: 0,
  };
  readonly #started = new Map<string, StartedBook>();
  /** Books that failed and may be tried again. */
  readonly #failed = new Set<string>();

  get now(): Progress {
    return this.#sums;
  }

  apply(event: RunEvent): void {
    const sums = this.#sums;
    switch (event.type) {
      case "route-chosen":
        return this.#set({ source: event.source });
      case "plan-made":
        return this.#set({ phase: "fetching", books: event.books, heldBooks: event.heldBooks, slots: event.slots });
      case "book-started":
        this.#started.set(event.title, { slots: event.slots, units: event.units, done: 0, counted: 0 });
        return;
      case "unit-split": {
        const book = this.#started.get(event.title);
        if (book !== undefined) book.units += event.into - 1;
        return this.#count(event.title, 0);
      }
      case "unit-done":
        return this.#count(event.title, 1);
      case "unit-failed":
        this.#set({ failures: sums.failures + 1 });
        return this.#count(event.title, 1);
      case "unit-retried":
        return this.#set({ retries: sums.retries + 1 });
      case "parcel-committed":
        return this.#set({ texts: sums.texts + event.counts.stored, chunks: sums.chunks + event.chunks });
      case "book-completed":
        this.#end(event.title);
        return this.#set({ doneBooks: sums.doneBooks + 1 });
      case "book-failed":
        this.#end(event.title);
        this.#failed.add(event.title);
        return this.#set({ failedBooks: this.#failed.size });
      case "retry-started":
        for (const title of event.titles) this.#failed.delete(title);
        return this.#set({ phase: "fetching", failedBooks: this.#failed.size });
      case "index-built":
        return this.#set({ phase: "finishing" });
      case "stopping":
        return this.#set({ phase: "stopping" });
      case "run-ended":
        return this.#set({ phase: "ended" });
      default:
        return;
    }
  }

  #set(change: Partial<Progress>): void {
    this.#sums = { ...this.#sums, ...change };
  }

  #count(title: string, units: number): void {
    const book = this.#started.get(title);
    if (book === undefined) return;
    book.done = Math.min(book.units, book.done + units);
    this.#countTo(book, book.units === 0 ? 0 : (book.slots * book.done) / book.units);
  }

  #end(title: string): void {
    const book = this.#started.get(title);
    if (book !== undefined) this.#countTo(book, book.slots);
    this.#started.delete(title);
  }

  #countTo(book: StartedBook, counted: number): void {
    this.#set({ slotsDone: this.#sums.slotsDone + counted - book.counted });
    book.counted = counted;
  }
}
