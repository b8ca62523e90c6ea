import type { AddressType } from "./address.ts";

/**
 * A book's schema as we use it: the leaves that hold text, in reading order, with everything a ref needs.
 * Built from the publisher's record by the sefaria package; kept in the library as `node` rows.
 */

/** 0-based path of a place in a leaf's jagged array: `Genesis 1:3` is `[0, 2]`. */
export type Path = readonly number[];

/**
 * What is added to a position to get its section number, by level, as published: key "1" a number, key "2" a list by
 * the first index, key "3" a list of lists by the first two. Absent is 0 (sefaria-api, section 2).
 */
export type IndexOffsets = Readonly<Record<string, unknown>>;

export interface Leaf {
  /** Full English title: primary titles from the root joined by ", "; a default node adds nothing. Unique in a library. */
  readonly title: string;
  readonly heTitle: string;
  /** English titles below the root, "" for a default node; empty for a simple book. */
  readonly keys: readonly string[];
  /** Position in reading order, from 0. */
  readonly order: number;
  /** How many numbers address a segment, at least 1. */
  readonly depth: number;
  readonly addressTypes: readonly AddressType[];
  readonly sectionNames: readonly string[];
  readonly heSectionNames: readonly string[];
  readonly offsets: IndexOffsets | null;
  readonly isDefault: boolean;
}

export interface BookTree {
  readonly title: string;
  readonly heTitle: string;
  /** True when the tree has branches; then each leaf is asked for on its own. */
  readonly isComplex: boolean;
  readonly leaves: readonly Leaf[];
  /** Titles of virtual nodes (dictionaries), which hold no stored text and are refused by name. */
  readonly virtualNodes: readonly string[];
}

/** The publisher's offset for level `level` (0-based) under the given outer positions. */
export function offsetAt(offsets: IndexOffsets | null, level: number, path: Path): number {
  if (offsets === null) return 0;
  let value: unknown = offsets[String(level + 1)];
  for (let outer = 0; outer < level && Array.isArray(value); outer++) value = value[path[outer] ?? -1];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}

/** Section numbers (1-based, offsets added) of a path. */
export function sectionNumbers(leaf: Pick<Leaf, "offsets">, path: Path): number[] {
  return path.map((index, level) => index + 1 + offsetAt(leaf.offsets, level, path));
}

/** The 0-based path of section numbers, or null when one lies before the first position. */
export function pathOfNumbers(leaf: Pick<Leaf, "offsets">, numbers: readonly number[]): number[] | null {
  const path: number[] = [];
  for (const [level, n] of numbers.entries()) {
    const index = n - 1 - offsetAt(leaf.offsets, level, path);
    if (index < 0) return null;
    path.push(index);
  }
  return path;
}

/** Address type of a level; a level below the schema's last takes plain numbers (rule "deeper"). */
export function addressTypeAt(leaf: Pick<Leaf, "addressTypes">, level: number): AddressType {
  return leaf.addressTypes[level] ?? "Integer";
}
