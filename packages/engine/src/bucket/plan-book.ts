import {
  selectionKey,
  slotCount,
  UNKNOWN_SIZE,
  versionId,
  type BookOutline,
  type BookUnit,
  type FileFacts,
  type Leaf,
  type ListedObject,
} from "@sofer/core";
import type { HoldingRow, SettledRow, SourceObject, StoredBook } from "@sofer/store";
import { settles, type Wish } from "../planner.ts";
import type { ExportNames, ListedBook, TextObject } from "./listing.ts";

/** What the library has of one book, and of the bucket's objects of it. */
export interface HeldBook {
  readonly book: StoredBook | null;
  readonly objects: readonly SourceObject[];
  readonly holdings: readonly HoldingRow[];
  readonly settled: readonly SettledRow[];
}

/** What is to be done about a book before its texts: pure comparison of listing and library. */
export interface BookNeeds {
  /** Nothing: all that is wanted is held, and has not changed. */
  readonly isHeld: boolean;
  readonly needsOutline: boolean;
  /** Wanted files that are new, have changed, or were never taken. */
  readonly objects: readonly ListedObject[];
  readonly known: readonly FileFacts[];
  /** Objects of the ledger that are listed no more. */
  readonly gone: readonly string[];
  readonly isRefresh: boolean;
  readonly limitSlots: number | null;
}

/** By checksum; the generation is new with every writing, also of the same bytes. */
export function isSameObject(a: ListedObject, b: ListedObject): boolean {
  if (a.md5 !== null && b.md5 !== null) return a.md5 === b.md5;
  if (a.crc32c !== null && b.crc32c !== null) return a.crc32c === b.crc32c;
  // The published index has sizes at most: where it has none, nobody can tell.
  return a.size !== UNKNOWN_SIZE && a.size === b.size;
}

export function needsOf(listed: ListedBook, held: HeldBook, wish: Wish, names: ExportNames): BookNeeds {
  const wanted = wantedFiles(listed.texts, wish, names);
  const ledger = new Map(held.objects.map((row) => [row.object.name, row]));
  const isThere = (name: string) => listed.texts.some(({ object }) => object.name === name);
  const gone = held.objects.filter((row) => row.kind === "text" && !isThere(row.object.name));
  const known: FileFacts[] = [];
  const objects: ListedObject[] = [];
  for (const { object } of wanted) {
    const row = ledger.get(object.name);
    if (!wish.isFresh && row?.facts && isSameObject(row.object, object)) known.push({ ...row.facts, object });
    else objects.push(object);
  }
  const schema = held.objects.find((row) => row.kind === "schema");
  const needsOutline =
    wish.isFresh ||
    held.book === null ||
    schema === undefined ||
    (listed.schema !== null && !isSameObject(schema.object, listed.schema));
  const isWhole = isSettled(held, wish, null);
  const isHeld =
    !needsOutline && objects.length === 0 && gone.length === 0 && (isWhole || isSettled(held, wish, wish.limit));
  return {
    isHeld,
    needsOutline,
    objects,
    known,
    gone: gone.map((row) => row.object.name),
    // A schema alone is there of a book whose first run was cut off: nothing of it can be mixed up.
    isRefresh: held.settled.length > 0 || held.objects.some((row) => row.kind === "text"),
    // A book that is there whole is not cut off by a later run's limit.
    limitSlots: isWhole ? null : wish.limit,
  };
}

/** Files by side and, for named versions, by the name that their title has as a file. */
function wantedFiles(texts: readonly TextObject[], wish: Wish, names: ExportNames): TextObject[] {
  const { policy, languages } = wish.selection;
  const mergedName = names.fileNameOf("merged");
  return texts.filter(({ language, fileName }) => {
    if (!languages.includes(language)) return false;
    if (policy.kind !== "exact") return fileName !== mergedName;
    return policy.wanted.some((key) => key.language === language && names.fileNameOf(key.versionTitle) === fileName);
  });
}

/** Every leaf settled under the wish, after the last time that a file of the book was taken. */
function isSettled(held: HeldBook, wish: Wish, limit: number | null): boolean {
  if (held.book === null) return false;
  const lastTaken = Math.max(0, ...held.objects.map((row) => row.fetchedAt));
  const rows = held.settled.filter((row) => row.range === null && row.settledAt >= lastTaken);
  let left = limit ?? Number.POSITIVE_INFINITY;
  return held.book.leaves.every(({ nodeId, shape }) => {
    const promised = slotCount(shape);
    const limitSlots = promised > left ? left : null;
    left = Math.max(0, left - promised);
    return rows.some((row) => row.nodeId === nodeId && settles(row, wish.selection, limitSlots));
  });
}

/**
 * The unit that brings what is needed.
 * @param outline what the schema says now; null: as the library has it.
 */
export function bookUnit(
  listed: ListedBook,
  held: HeldBook,
  needs: BookNeeds,
  outline: BookOutline | null,
  wish: Wish,
): BookUnit {
  const old = new Map(held.book?.leaves.map((stored) => [stored.leaf.title, stored]));
  const tree = outline?.tree.leaves ?? held.book?.leaves.map((stored) => stored.leaf) ?? [];
  const leaves = tree.map((leaf, order) => ({ nodeId: old.get(leaf.title)?.nodeId ?? -1 - order, leaf }));
  // Where leaves are not what they were, what is known of the files was said of other leaves.
  const isSameTree =
    held.book !== null &&
    leaves.length === old.size &&
    leaves.every(({ leaf }) => isSamePlace(leaf, old.get(leaf.title)?.leaf));
  const stored: Record<string, string[]> = {};
  const retained: Record<string, string[]> = {};
  for (const { nodeId, leaf } of isSameTree ? leaves : []) {
    const holdings = held.holdings.filter((row) => row.nodeId === nodeId);
    const ids = [...new Set(holdings.map((row) => versionId(row.version)))];
    const isWhole = (id: string) => holdings.every((row) => versionId(row.version) !== id || row.state === "done");
    stored[leaf.title] = needs.limitSlots === null ? ids.filter(isWhole) : [];
    retained[leaf.title] = retainedVersions(ids, nodeId, held, needs, wish);
  }
  const { title } = listed.entry;
  return {
    kind: "book",
    id: `book:${title}`,
    bookTitle: title,
    leaves,
    objects: isSameTree ? needs.objects : [...needs.known.map((facts) => facts.object), ...needs.objects],
    known: isSameTree ? needs.known : [],
    stored,
    retained,
    selection: wish.selection,
    limitSlots: needs.limitSlots,
    isRefresh: needs.isRefresh,
  };
}

function isSamePlace(leaf: Leaf, old: Leaf | undefined): boolean {
  return old !== undefined && leaf.depth === old.depth && JSON.stringify(leaf.keys) === JSON.stringify(old.keys);
}

/**
 * Versions that stay whatever this selection says: a narrower wish takes nothing away. What goes is what the source
 * has dropped and, where only `best` ever chose, the version that is best no more.
 */
function retainedVersions(
  ids: readonly string[],
  nodeId: number,
  held: HeldBook,
  needs: BookNeeds,
  { selection }: Wish,
): string[] {
  // What a run that was cut off left is brought again, or goes.
  if (!needs.isRefresh) return [];
  const goneIds = new Set(
    held.objects.flatMap((row) =>
      row.facts !== null && needs.gone.includes(row.object.name) ? [versionId(row.facts.meta)] : [],
    ),
  );
  const key = (text: string) => {
    const [versions, , licenses] = JSON.parse(text) as unknown[];
    return JSON.stringify([versions, licenses]);
  };
  const mine = key(selectionKey(selection));
  const settled = held.settled.filter((row) => row.nodeId === nodeId);
  const isOnlyBest = selection.policy.kind === "best" && settled.every((row) => key(row.selection) === mine);
  const isWantedSide = (id: string) => selection.languages.some((language) => id.startsWith(`${language}|`));
  return ids.filter((id) => !goneIds.has(id) && !(isOnlyBest && isWantedSide(id)));
}
