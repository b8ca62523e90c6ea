import { shapeAt, type Leaf, type Path, type Shape } from "@sofer/core";
import { normalRef } from "../place.ts";

/**
 * The refs that cover a range without crossing a border: one per covered place at the first level where its ends
 * differ (`Genesis 1:31`, `Genesis 2:1-2`). A range inside one section does not span.
 */
export function spanningRefs(counts: Shape, leaf: Leaf, from: Path, to: Path): string[] {
  const level = from.findIndex((index, at) => index !== to[at]);
  const isInsideSection = level < 0 || level >= Math.max(leaf.depth - 1, 1);
  if (isInsideSection) return [];
  const outer = from.slice(0, level);
  const first = from[level] ?? 0;
  const last = to[level] ?? 0;
  const refs: string[] = [];
  for (let index = first; index <= last; index++) {
    const here = [...outer, index];
    const start = index === first ? from : firstBelow(here, from.length);
    const end = index === last ? to : lastBelow(counts, here, from.length);
    if (start !== null && end !== null) refs.push(normalRef(leaf, start, end));
  }
  return refs;
}

function firstBelow(path: Path, length: number): Path {
  return [...path, ...Array.from({ length: length - path.length }, () => 0)];
}

/** Last place under `path`, or null when there is none. */
function lastBelow(counts: Shape, path: Path, length: number): Path | null {
  let here = path;
  while (here.length < length) {
    const inside = shapeAt(counts, here);
    const size = typeof inside === "number" ? inside : (inside?.length ?? 0);
    if (size === 0) return null;
    here = [...here, size - 1];
  }
  return here;
}
