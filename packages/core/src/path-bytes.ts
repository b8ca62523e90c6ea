import type { Path } from "./schema-tree.ts";

/**
 * A path as bytes: each number as 4 big-endian bytes. Bytewise order is reading order, and an outer place sorts before
 * what it contains, so SQLite orders segments by comparing blobs.
 */
export function pathToBytes(path: Path): Uint8Array {
  const bytes = new Uint8Array(path.length * 4);
  let at = 0;
  for (const index of path) {
    // An element takes the low 8 bits of what it is given.
    bytes[at++] = index >>> 24;
    bytes[at++] = index >>> 16;
    bytes[at++] = index >>> 8;
    bytes[at++] = index;
  }
  return bytes;
}

export function pathFromBytes(bytes: Uint8Array): number[] {
  // Without a view of the bytes, which would cost more than all that is read through it (millions of rows have a path).
  const path: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    path.push(high * 65_536 + low);
  }
  return path;
}
