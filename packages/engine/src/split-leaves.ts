import {
  excludedByPolicy,
  SoferError,
  toPlainError,
  WIDENED,
  type PlainError,
  type Settlement,
  type TextUnit,
  type Unit,
  type VersionMeta,
} from "@sofer/core";
import { openLibrary, type HoldingRow } from "@sofer/store/run";
import type { OpenBooks } from "./open-books.ts";
import type { LeafWish } from "./planner.ts";
import type { RoadEnds } from "./road-ends.ts";
import type { Refreshes } from "./service/refreshes.ts";
import { splitEnd, type SplitLeaf } from "./split-book.ts";
import { placeOf, slotsIn, splitByRange, splitByVersion } from "./split.ts";

/** What the leaves need of the road they are on. */
export interface SplitEnds extends RoadEnds {
  readonly libraryPath: string;
  readonly books: OpenBooks;
  readonly refreshes: Refreshes;
  readonly add: (units: readonly Unit[]) => void;
  readonly fail: (unit: Unit, error: PlainError) => void;
  /** Holds the road open until the writer has done the work. */
  readonly later: (unit: Unit, work: Promise<void>) => void;
}

/**
 * Leaves by the web service: what is wanted of each, and those whose answer was too large or too slow, which are asked
 * in parts and settled as a whole when the last part is in (split.ts says how they are cut).
 */
export class SplitLeaves {
  readonly #ends: SplitEnds;
  readonly #versions = new Map<string, readonly VersionMeta[]>();
  readonly #wishes = new Map<string, LeafWish>();
  readonly #splits = new Map<string, SplitLeaf>();
  /** Units that are cut by version, by book, as soon as its versions are known. */
  readonly #afterVersions = new Map<string, TextUnit[]>();

  constructor(ends: SplitEnds) {
    this.#ends = ends;
  }

  /** By book title. */
  get versions(): ReadonlyMap<string, readonly VersionMeta[]> {
    return this.#versions;
  }

  wants(unit: TextUnit, wish: LeafWish): void {
    this.#wishes.set(unit.id, wish);
  }

  /** A part's settlement, as its worker said it. */
  settled(unit: TextUnit, settlement: Settlement): void {
    this.#splits.get(unit.id)?.settlements.push(settlement);
  }

  versionsListed(title: string, versions: readonly VersionMeta[]): void {
    this.#versions.set(title, versions);
    const waiting = this.#afterVersions.get(title) ?? [];
    this.#afterVersions.delete(title);
    for (const unit of waiting) this.split(unit, "its versions are known now");
  }

  /** Whoever waited for the list cannot be asked. */
  versionsFailed(title: string, error: PlainError): void {
    const waiting = this.#afterVersions.get(title) ?? [];
    this.#afterVersions.delete(title);
    for (const unit of waiting) this.#ends.fail(unit, error);
  }

  /** Asks in parts: by versions while a unit names more than one, then by halves of its range. */
  split(unit: TextUnit, why: string): void {
    const wish = this.#wishes.get(unit.id);
    if (wish === undefined) return;
    if (unit.versions === "all" || unit.versions.length > 1) this.#splitByVersion(unit, wish, why);
    else this.#splitByRange(unit, wish, why);
  }

  /** The same unit, asked for every version; its place in a split leaf goes with it. */
  widen(unit: TextUnit): void {
    const wish = this.#wishes.get(unit.id);
    if (wish === undefined) return;
    const wider: TextUnit = { ...unit, id: `${unit.id}${WIDENED}`, versions: "all" };
    this.#wishes.set(wider.id, wish);
    const split = this.#splits.get(unit.id);
    if (split !== undefined) {
      this.#splits.delete(unit.id);
      split.open.delete(unit.id);
      split.open.add(wider.id);
      this.#splits.set(wider.id, split);
    }
    this.#ends.add([wider]);
  }

  /** Puts parts in a unit's place; the leaf is settled when all of them are in. */
  replace(unit: TextUnit, parts: readonly TextUnit[], why: string): void {
    const wish = this.#wishes.get(unit.id);
    if (wish === undefined) return;
    const split: SplitLeaf = this.#splits.get(unit.id) ?? {
      wish,
      unit,
      open: new Set(),
      settlements: [],
      hasFailed: false,
    };
    split.open.delete(unit.id);
    this.#splits.delete(unit.id);
    for (const part of parts) {
      this.#wishes.set(part.id, wish);
      split.open.add(part.id);
      this.#splits.set(part.id, split);
    }
    const { books, onEvent, add } = this.#ends;
    books.add(unit.bookTitle, parts.length);
    onEvent({ type: "unit-split", unitId: unit.id, title: unit.bookTitle, into: parts.length, why });
    add(parts);
    if (split.open.size === 0) this.#settleLater(split);
    books.step(unit.bookTitle);
  }

  /** A unit is done or failed; when it was the last part of a leaf, the leaf is settled as a whole. */
  ended(unit: TextUnit, hasFailed: boolean): void {
    const split = this.#splits.get(unit.id);
    this.#splits.delete(unit.id);
    // One that has failed may be asked for again.
    if (!hasFailed) this.#wishes.delete(unit.id);
    if (split !== undefined) {
      split.open.delete(unit.id);
      if (hasFailed) split.hasFailed = true;
      if (split.open.size === 0 && !split.hasFailed) this.#settleLater(split);
    }
    this.#ends.books.step(unit.bookTitle);
  }

  #splitByVersion(unit: TextUnit, wish: LeafWish, why: string): void {
    const title = unit.bookTitle;
    const known = this.#versions.get(title);
    if (known === undefined) {
      const waiting = this.#afterVersions.get(title);
      this.#afterVersions.set(title, [...(waiting ?? []), unit]);
      if (waiting === undefined) this.#ends.add([{ kind: "versions", id: `versions:${title}`, bookTitle: title }]);
      return;
    }
    const asked = unit.versions;
    const wanted = known.filter(
      (meta) =>
        excludedByPolicy(meta, unit.selection) === null && (asked === "all" || asked.includes(meta.versionTitle)),
    );
    this.#hint(unit, null, why);
    this.replace(unit, splitByVersion(unit, wish, wanted), why);
  }

  #splitByRange(unit: TextUnit, wish: LeafWish, why: string): void {
    const most = Math.floor(slotsIn(unit.shape, unit.range) / 2);
    const parts = most < 1 ? [] : splitByRange(unit, wish, most);
    if (parts.length < 2) {
      const error = new SoferError("wire-shape", `${placeOf(unit)} cannot be asked in smaller parts: ${why}`, {
        hint: "raise --max-response-mb or --timeout",
      });
      return this.#ends.fail(unit, toPlainError(error));
    }
    this.#hint(unit, most, why);
    this.replace(unit, parts, why);
  }

  /** Later runs ask in parts at once. */
  #hint(unit: TextUnit, slotsPerRequest: number | null, why: string): void {
    // A leaf that the library does not have yet.
    if (unit.nodeId < 0) return;
    const hint = { nodeId: unit.nodeId, versionsPerRequest: 1, slotsPerRequest, why };
    const { writer, clock, later } = this.#ends;
    later({ ...unit, id: `hint:${unit.id}` }, writer.call("saveSplitHint", hint, clock.now()));
  }

  #settleLater(split: SplitLeaf): void {
    const { unit } = split;
    this.#ends.later({ ...unit, id: `settle:${unit.leaf.title}` }, this.#settle(split));
  }

  async #settle(split: SplitLeaf): Promise<void> {
    const { unit } = split;
    const { writer, clock, runId, refreshes } = this.#ends;
    // Of a refreshed book nothing is settled before all of it has come.
    if (refreshes.has(unit.bookTitle)) return refreshes.split(split);
    const known = this.#versions.get(unit.bookTitle) ?? [];
    const { dropped, close } = splitEnd(split, this.#holdingsOf(unit.bookTitle), known, runId());
    for (const { nodeId, version } of dropped) await writer.call("dropVersion", nodeId, version);
    await writer.call("closeUnit", close, clock.now());
  }

  #holdingsOf(title: string): HoldingRow[] {
    const library = openLibrary(this.#ends.libraryPath);
    try {
      return library.holdings(title);
    } finally {
      library.close();
    }
  }
}
