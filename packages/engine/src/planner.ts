import {
  excludedByPolicy,
  LANGUAGES,
  selectionKey,
  slotCount,
  textUnitId,
  type LeafRange,
  type Selection,
  type Shape,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";
import type { SettledRow, StoredBook, StoredLeaf } from "@sofer/store";

/** What a run wants of each book. */
export interface Wish {
  readonly selection: Selection;
  /** First N slots of each book; null: all. */
  readonly limit: number | null;
  /** Ask again for what is held already. */
  readonly isFresh: boolean;
  /** By the service, ask again for what was settled before this time, ms since the epoch. */
  readonly notBefore: number;
}

/** A leaf that text is wanted of, with how much of it. */
export interface LeafWish extends StoredLeaf {
  readonly bookTitle: string;
  /** Slots of this leaf within `--limit`; null: the whole leaf; 0: nothing is asked, all of it is excluded. */
  readonly limitSlots: number | null;
}

/** Leaves with promised text that are not settled yet. Pure: this is plan minus holdings. */
export function leavesToAsk(book: StoredBook, settled: readonly SettledRow[], wish: Wish): LeafWish[] {
  const wanted: LeafWish[] = [];
  let left = wish.limit ?? Number.POSITIVE_INFINITY;
  for (const stored of book.leaves) {
    const promised = slotCount(stored.shape);
    if (promised === 0) continue;
    const limitSlots = promised > left ? left : null;
    left = Math.max(0, left - promised);
    const part = JSON.stringify(rangeWithin(stored.shape, limitSlots));
    const isSettled = settled.some(
      (row) =>
        row.nodeId === stored.nodeId &&
        row.settledAt >= wish.notBefore &&
        (row.range === null || (limitSlots !== null && JSON.stringify(row.range) === part)) &&
        settles(row, wish.selection, limitSlots),
    );
    if (wish.isFresh || !isSettled) wanted.push({ ...stored, bookTitle: book.title, limitSlots });
  }
  return wanted;
}

/** Whether a settlement answers the wish: the same selection, or every version of it, to at least the same limit. */
export function settles(row: SettledRow, selection: Selection, limitSlots: number | null): boolean {
  if (row.limitSlots !== null && (limitSlots === null || limitSlots > row.limitSlots)) return false;
  if (row.selection === selectionKey(selection)) return true;
  const all: Selection = { policy: { kind: "all" }, languages: LANGUAGES, licenses: selection.licenses };
  return row.selection === selectionKey(all) && selection.policy.kind !== "best";
}

/** True when `best` needs the list of versions first: only a simple book, whose text is one request. */
export function needsVersions(book: Pick<StoredBook, "isComplex">, selection: Selection): boolean {
  return selection.policy.kind === "best" && !book.isComplex;
}

/**
 * Version titles to ask for one leaf. `all` in one request where every version is wanted or where it is cheaper to
 * choose from what comes (a complex book's leaves under `best`: one request each, no list). Under `best` with the list at hand: those
 * of the highest priority of each side; ties are fetched and compared.
 */
export function versionsToAsk(selection: Selection, known: readonly VersionMeta[] | null): "all" | string[] {
  const { policy } = selection;
  let titles: string[];
  if (policy.kind === "all") return "all";
  if (policy.kind === "exact") titles = policy.wanted.map((key) => key.versionTitle);
  else if (known === null) return "all";
  else titles = selection.languages.flatMap((language) => topTitles(known, selection, language));
  const unique = [...new Set(titles)];
  return unique.length > 0 ? unique : "all";
}

function topTitles(known: readonly VersionMeta[], selection: Selection, language: string): string[] {
  const side = known.filter((meta) => meta.language === language && excludedByPolicy(meta, selection) === null);
  const top = Math.max(...side.map((meta) => meta.priority));
  return side.filter((meta) => meta.priority === top).map((meta) => meta.versionTitle);
}

export interface UnitParts {
  readonly range: LeafRange | null;
  readonly versions: "all" | readonly string[];
  readonly selection: Selection;
  readonly decidesBest: boolean;
}

export function textUnit(wish: LeafWish, parts: UnitParts): TextUnit {
  return {
    id: textUnitId(wish.leaf.title, parts.range, parts.versions),
    kind: "text",
    bookTitle: wish.bookTitle,
    nodeId: wish.nodeId,
    leaf: wish.leaf,
    shape: wish.shape,
    limitSlots: wish.limitSlots,
    ...parts,
  };
}

/** The part of a leaf that `--limit` needs: its leading top-level sections, or null when that is nearly all of it. */
export function rangeWithin(shape: Shape, limitSlots: number | null): LeafRange | null {
  if (limitSlots === null) return null;
  if (typeof shape === "number") return { from: [0], to: [Math.min(limitSlots, shape) - 1] };
  let slots = 0;
  let first: number | null = null;
  for (const [index, section] of shape.entries()) {
    const here = slotCount(section);
    if (here > 0) first ??= index;
    slots += here;
    if (slots >= limitSlots) return index === shape.length - 1 ? null : { from: [first ?? index], to: [index] };
  }
  return null;
}
