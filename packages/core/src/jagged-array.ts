import type { Path } from "./schema-tree.ts";

/**
 * A text is published as a jagged array: lists in lists, strings at the bottom. Real ones have holes, nulls, integers,
 * strings where lists are due, and lists a level too deep or too shallow (M: all of these in 253 real books). Each
 * oddity falls under one named rule here; nothing crashes and nothing is dropped in silence.
 *
 * | rule        | what it is                                                | what becomes of it                                     |
 * |-------------|-----------------------------------------------------------|--------------------------------------------------------|
 * | `text`      | a string that is not blank                                | stored                                                 |
 * | `blank`     | a string empty after `trim()`, or an empty list in a segment's place | counted and named, not stored               |
 * | `not-text`  | a number, a boolean, null, an object                      | counted and named, not stored                          |
 * | `deeper`    | a list where a segment is due                             | its strings stored with one more number per extra level |
 * | `shallower` | a string where a list is due                              | stored with as many numbers as it has                   |
 */
export type PlaceKind = "text" | "blank" | "not-text";
export type Irregularity = "deeper" | "shallower";

export interface Place {
  readonly path: Path;
  readonly kind: PlaceKind;
  readonly irregular: Irregularity | null;
  /** The source's string, unchanged; "" for `not-text`. */
  readonly text: string;
}

/** Lists nested beyond this are refused: real texts have at most 5 levels, and a stack is finite. */
export const MAX_DEPTH = 32;

/**
 * Every place of a jagged array in reading order. `base` is put in front of every path (for an answer that holds a part
 * of a leaf), `depth` counts from the leaf's root.
 * @throws RangeError when lists nest deeper than MAX_DEPTH.
 */
export function* places(text: unknown, depth: number, base: Path = []): Generator<Place> {
  const here = base;
  if (Array.isArray(text)) {
    if (here.length >= MAX_DEPTH) throw new RangeError(`lists nest deeper than ${MAX_DEPTH} levels`);
    if (text.length === 0 && here.length >= depth) {
      yield { path: here, kind: "blank", irregular: here.length > depth ? "deeper" : null, text: "" };
      return;
    }
    for (let index = 0; index < text.length; index++) yield* places(text[index], depth, [...here, index]);
    return;
  }
  const irregular = here.length > depth ? "deeper" : here.length < depth ? "shallower" : null;
  if (typeof text !== "string") yield { path: here, kind: "not-text", irregular, text: "" };
  else yield { path: here, kind: text.trim() === "" ? "blank" : "text", irregular, text };
}

/**
 * Puts a part of a leaf under the paths of the whole. An answer for one place is that place's own array or string; an
 * answer for several is a list whose first element is the first place asked for.
 */
export function* placesOfRange(text: unknown, depth: number, from: Path, to: Path): Generator<Place> {
  const isOne = from.every((index, level) => index === to[level]);
  if (isOne || !Array.isArray(text)) {
    yield* places(text, depth, from);
    return;
  }
  const outer = from.slice(0, -1);
  const first = from.at(-1) ?? 0;
  for (let index = 0; index < text.length; index++) yield* places(text[index], depth, [...outer, first + index]);
}

/** Compares places in reading order: an outer place stands before what it contains. */
export function comparePaths(a: Path, b: Path): number {
  const shared = Math.min(a.length, b.length);
  for (let level = 0; level < shared; level++) {
    const difference = (a[level] ?? 0) - (b[level] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
