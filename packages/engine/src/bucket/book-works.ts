import type { BookUnit, PlainError, Unit } from "@sofer/core";
import type { BookClose } from "@sofer/store";
import type { FromWorker } from "../protocol.ts";

/** What is to be written when a book unit is done, beside what the unit brings. */
export interface BookWork extends Pick<BookClose, "schema" | "gone" | "outline" | "maxDelete"> {
  readonly unit: BookUnit;
}

/** Books that are brought from the bucket: what is to be written of each, and which were replaced meanwhile. */
export class BookWorks {
  /** By unit id. */
  readonly #works = new Map<string, BookWork>();
  readonly #replaced = new Map<string, PlainError>();

  begin(works: readonly BookWork[]): void {
    this.#replaced.clear();
    for (const work of works) this.#works.set(work.unit.id, work);
  }

  /** By title: since `begin`, with the error that said so. */
  get replaced(): ReadonlyMap<string, PlainError> {
    return this.#replaced;
  }

  /** Its objects are others now. */
  wasReplaced(title: string, error: PlainError): void {
    this.#replaced.set(title, error);
  }

  /** The book's files are all here: what they say, to be written in one transaction. */
  closeOf(unit: Unit, message: Extract<FromWorker, { type: "book" }>, runId: number): BookClose | null {
    const work = this.#works.get(unit.id);
    if (unit.kind !== "book" || work === undefined) return null;
    const { requests, bytes } = message.cost;
    const { schema, gone, outline, maxDelete } = work;
    return {
      runId,
      unitId: unit.id,
      title: unit.bookTitle,
      requests,
      bytes,
      settlement: message.settlement,
      leaves: unit.leaves.map(({ nodeId, leaf }) => ({ nodeId, title: leaf.title })),
      schema,
      gone,
      outline,
      isRefresh: unit.isRefresh,
      maxDelete,
    };
  }
}
