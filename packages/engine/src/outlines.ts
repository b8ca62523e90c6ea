import type { BookOutline, ListedObject, OutlineUnit, Unit } from "@sofer/core";
import type { StoredBook, UnitClose } from "@sofer/store";
import type { Cost } from "./protocol.ts";
import type { RoadEnds } from "./road-ends.ts";
import type { RunFigures } from "./run-figures.ts";
import { slotsIn } from "./split.ts";

export interface WantedOutline {
  readonly title: string;
  readonly order: number;
  /** By the bucket. */
  readonly object?: ListedObject;
}

/** Outlines on their way into the library: what brings them, and how they are written. */
export class Outlines {
  readonly #ends: RoadEnds;
  readonly #figures: RunFigures;
  /** By title. */
  readonly #positions = new Map<string, number>();

  constructor(ends: RoadEnds, figures: RunFigures) {
    this.#ends = ends;
    this.#figures = figures;
  }

  /** The units that bring them. */
  unitsOf(wanted: readonly WantedOutline[]): OutlineUnit[] {
    for (const { title, order } of wanted) this.#positions.set(title, order);
    return wanted.map(({ title, object }) => {
      const unit = { kind: "outline", id: `outline:${title}`, bookTitle: title } as const;
      return object === undefined ? unit : { ...unit, object };
    });
  }

  /** Writes what such a unit has brought. */
  async save(outline: BookOutline, unit: Unit, cost: Cost): Promise<void> {
    const of = { unitId: unit.id, title: unit.bookTitle };
    await this.take(outline, this.#positions.get(unit.bookTitle) ?? 0, of, cost);
  }

  /** Writes an outline that was asked for, and that its unit is done. */
  async take(
    outline: BookOutline,
    position: number,
    { schema, ...of }: { readonly unitId: string; readonly title: string; readonly schema?: ListedObject },
    cost: Cost = { requests: 0, bytes: 0 },
  ): Promise<StoredBook> {
    const { clock, writer, onEvent, runId } = this.#ends;
    const book = await writer.call("saveOutline", outline, position, clock.now(), schema);
    const close: UnitClose = { runId: runId(), ...of, ...cost, settlement: null };
    await writer.call("closeUnit", close, clock.now());
    this.#figures.succeeded++;
    let slots = 0;
    for (const leaf of book.leaves) slots += slotsIn(leaf.shape, null);
    onEvent({ type: "book-outlined", title: book.title, slots, isCached: false });
    return book;
  }
}
