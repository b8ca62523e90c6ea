import { pathFromBytes, pathToBytes, type LeafRange, type Path } from "@sofer/core";

/**
 * A part of a leaf as two blobs that SQLite compares: every place inside it, at any depth, has
 * `from <= path AND path < before`. The whole leaf is the empty path.
 */
export interface PlaceRange {
  readonly from: Uint8Array;
  /** As stored: the last place, inclusive; empty for the whole leaf. */
  readonly to: Uint8Array;
  /** First blob after everything inside. */
  readonly before: Uint8Array;
}

/** After every path: no list has 2^32 entries. */
const END = new Uint8Array([255, 255, 255, 255, 255]);

/** First blob after a place and all that it contains. */
export function after(path: Path): Uint8Array {
  const last = path.at(-1);
  return last === undefined ? END : pathToBytes([...path.slice(0, -1), last + 1]);
}

export function placeRange(range: LeafRange | null): PlaceRange {
  if (range === null) return { from: new Uint8Array(0), to: new Uint8Array(0), before: END };
  return { from: pathToBytes(range.from), to: pathToBytes(range.to), before: after(range.to) };
}

/** The range of a stored row. */
export function storedRange(from: Uint8Array, to: Uint8Array): LeafRange | null {
  return from.byteLength === 0 ? null : { from: pathFromBytes(from), to: pathFromBytes(to) };
}

export function overlaps(a: PlaceRange, b: PlaceRange): boolean {
  return Buffer.compare(a.from, b.before) < 0 && Buffer.compare(b.from, a.before) < 0;
}
