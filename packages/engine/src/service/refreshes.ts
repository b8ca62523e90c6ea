import {
  versionId,
  type BookOutline,
  type PlainError,
  type Settlement,
  type TextUnit,
  type VersionKey,
  type VersionMeta,
} from "@sofer/core";
import type { BookFlip, UnitClose } from "@sofer/store";
import type { FinishedSplit, SplitLeaf } from "../split-book.ts";

/** A book that the library has, and that is asked for anew. */
export interface RefreshWork {
  readonly title: string;
  /** What the book is now; null: as the library has it. */
  readonly outline: { readonly outline: BookOutline; readonly position: number } | null;
  /** Leaves that are new have negative ids. */
  readonly leaves: BookFlip["leaves"];
  /** Of leaves that are not asked for. */
  readonly settlements: readonly Settlement[];
  /** The book's list of versions, where it was asked for. */
  readonly listed: readonly VersionMeta[] | null;
  readonly maxDelete: number;
}

interface Refresh {
  readonly work: RefreshWork;
  readonly closes: UnitClose[];
  readonly splits: FinishedSplit[];
  /** By leaf: versions that an answer for all of them held; null: one of the leaf's units asked for some only. */
  readonly answered: Map<number, Set<string> | null>;
  /** Why it cannot take the old book's place. */
  error: PlainError | null;
}

/** All of a refreshed book has come, or not. */
export interface FinishedRefresh {
  readonly flip: BookFlip;
  readonly splits: readonly FinishedSplit[];
  /** Not null: a unit has failed, and the old book stays. */
  readonly error: PlainError | null;
}

/**
 * Books by the service that are refreshed: their units' parcels wait in `staged`, their ends wait here, and all of it
 * takes the old book's place at once. When a unit fails, the old book stays.
 */
export class Refreshes {
  readonly #books = new Map<string, Refresh>();

  begin(work: RefreshWork): void {
    this.#books.set(work.title, { work, closes: [], splits: [], answered: new Map(), error: null });
  }

  has(title: string): boolean {
    return this.#books.has(title);
  }

  /** A parcel of it waits. */
  staged(unit: TextUnit, version: VersionKey): void {
    const refresh = this.#books.get(unit.bookTitle);
    if (refresh !== undefined) answeredIn(refresh, unit)?.add(versionId(version));
  }

  /** A unit of it has come. */
  closed(unit: TextUnit, close: UnitClose): void {
    const refresh = this.#books.get(unit.bookTitle);
    if (refresh === undefined) return;
    refresh.closes.push(close);
    const answered = answeredIn(refresh, unit);
    for (const { language, versionTitle } of close.settlement?.excluded ?? [])
      answered?.add(`${language}|${versionTitle}`);
  }

  /** A unit of it has failed. */
  failed(title: string, error: PlainError): void {
    const refresh = this.#books.get(title);
    if (refresh !== undefined) refresh.error = error;
  }

  /** All parts of a leaf of it have come. */
  split(split: SplitLeaf): void {
    const { unit, wish, settlements } = split;
    this.#books.get(unit.bookTitle)?.splits.push({ unit, wish, settlements });
  }

  /** What takes the old book's place; the book is forgotten here. */
  take(title: string, runId: number): FinishedRefresh | null {
    const refresh = this.#books.get(title);
    this.#books.delete(title);
    if (refresh === undefined) return null;
    const { work, closes, splits } = refresh;
    const nothing = { runId, title, requests: 0, bytes: 0 };
    const settled = work.settlements.map((settlement): UnitClose => {
      return { ...nothing, unitId: `settle:${settlement.nodeId}`, settlement };
    });
    const ended = (unitId: string): UnitClose => ({ ...nothing, unitId, settlement: null });
    const ends = work.outline === null ? [] : [ended(`outline:${title}`)];
    const { leaves, outline, maxDelete } = work;
    const flip = { runId, title, leaves, outline, maxDelete, present: presentIn(refresh) };
    return {
      flip: { ...flip, closes: [...closes, ...settled, ...ends, ended(refreshId(title))] },
      splits,
      error: refresh.error,
    };
  }
}

/** The unit id under which the flip of a book fails by name. */
export function refreshId(title: string): string {
  return `refresh:${title}`;
}

function answeredIn({ answered }: Refresh, unit: TextUnit): Set<string> | null {
  const known = answered.get(unit.nodeId);
  const here = unit.versions === "all" && known !== null ? (known ?? new Set<string>()) : null;
  answered.set(unit.nodeId, here);
  return here;
}

/** Leaves of which it is known which versions the source has: all were asked for, or listed. */
function presentIn({ work, answered }: Refresh): BookFlip["present"] {
  return [...answered].flatMap(([nodeId, versions]) => {
    if (versions === null && work.listed === null) return [];
    return [{ nodeId, versions: [...(versions ?? []), ...(work.listed ?? []).map((meta) => versionId(meta))] }];
  });
}
