import type { RunEvent } from "@sofer/core";

/** A book that is being worked on. */
export interface ActiveBook {
  readonly title: string;
  readonly slots: number;
  units: number;
  unitsDone: number;
  parcels: number;
}

/**
 * What the events of a run say about its progress. A book's slots count as done in the measure of its units: with
 * several versions the texts are many times the slots, and the number of versions is not known before they are there.
 */
export class RunState {
  readonly active = new Map<string, ActiveBook>();
  books = 0;
  heldBooks = 0;
  slots = 0;
  stored = 0;
  bytes = 0;
  requests = 0;
  failed = 0;
  completed = 0;
  /** What the run is doing while nothing can be counted yet. */
  phase = "reading the contents";
  #wanted = 0;
  #outlined = 0;
  #slotsDone = 0;
  #slotsStarted = 0;

  apply(event: RunEvent): void {
    switch (event.type) {
      case "contents-read":
        this.phase = "planning";
        return;
      case "titles-resolved":
        this.#wanted = event.books.length;
        return;
      case "book-outlined":
        this.#outlined++;
        this.phase = `planning: ${this.#outlined} of ${this.#wanted} books`;
        return;
      case "plan-made":
        this.books = event.books;
        this.slots = event.slots;
        this.heldBooks = event.heldBooks;
        this.phase = "fetching";
        return;
      case "book-started":
        this.#slotsStarted += event.slots;
        this.active.set(event.title, {
          title: event.title,
          slots: event.slots,
          units: event.units,
          unitsDone: 0,
          parcels: 0,
        });
        return;
      case "parcel-committed": {
        this.stored += event.counts.stored;
        const book = this.active.get(event.title);
        if (book !== undefined) book.parcels++;
        return;
      }
      case "unit-done":
        this.bytes += event.bytes;
        this.requests += event.requests;
        this.#endUnit(event.title);
        return;
      case "unit-failed":
        this.failed++;
        this.#endUnit(event.title);
        return;
      case "unit-split": {
        const book = this.active.get(event.title);
        if (book !== undefined) book.units += event.into - 1;
        return;
      }
      case "book-completed":
      case "book-failed": {
        const book = this.active.get(event.title);
        if (event.type === "book-completed") this.completed++;
        this.active.delete(event.title);
        if (book !== undefined) this.#slotsDone += book.slots;
        return;
      }
      case "host-refused":
        this.phase = `${event.host} asked us to wait ${Math.ceil(event.waitMs / 1000)} s (HTTP ${event.status})`;
        return;
      case "index-built":
        this.phase = "verifying";
        return;
      case "stopping":
        this.phase = `stopping: ${event.why}`;
        return;
      default:
        return;
    }
  }

  #endUnit(title: string): void {
    const book = this.active.get(title);
    if (book !== undefined) book.unitsDone = Math.min(book.units, book.unitsDone + 1);
    if (this.phase.includes("asked us to wait")) this.phase = "fetching";
  }

  /** Part of the run's slots that are done, 0 to 1; null before the plan is made. */
  fraction(): number | null {
    const total = Math.max(this.slots, this.#slotsStarted);
    // The export publishes no counts: there, books are what can be counted.
    if (total === 0) return this.books === 0 ? null : Math.min(1, (this.completed + this.heldBooks) / this.books);
    let done = this.#slotsDone;
    for (const book of this.active.values()) done += book.slots * bookFraction(book);
    return Math.min(1, done / total);
  }
}

export function bookFraction(book: ActiveBook): number {
  return book.units === 0 ? 0 : book.unitsDone / book.units;
}
