import type { Path } from "./schema-tree.ts";

/**
 * What the source says exists in a leaf: the union of all its versions, as nested counts with `depth - 1` list levels.
 * Depth 1 is a number of segments, depth 2 a list of section lengths, depth 3 a list of such lists.
 * A *slot* is one promised segment position.
 */
export type Shape = number | readonly Shape[];

/**
 * Most segments that a book may promise. The largest real one has 76,000; what promises a hundred times as many is wrong,
 * and counting through its promises would take hours.
 */
export const MAX_SLOTS = 1_000_000;

/**
 * The published counts in that form. The publisher writes an empty list as 0 at any level (so lists are mixed), and
 * goes as deep as the text really goes (so a text deeper than its schema has deeper counts): an entry deeper than the
 * schema counts as its number of entries. A number where a list is due promises no slot that could be named: it
 * becomes an empty list.
 */
export function normaliseShape(counts: unknown, depth: number): Shape {
  if (depth <= 1) {
    if (Array.isArray(counts)) return counts.length;
    return typeof counts === "number" && Number.isSafeInteger(counts) && counts > 0 ? counts : 0;
  }
  return Array.isArray(counts) ? counts.map((entry) => normaliseShape(entry, depth - 1)) : [];
}

/** Number of slots. */
export function slotCount(shape: Shape): number {
  if (typeof shape === "number") return shape;
  let sum = 0;
  for (const entry of shape) sum += slotCount(entry);
  return sum;
}

/** Every slot's path in reading order. */
export function* slots(shape: Shape, base: Path = []): Generator<Path> {
  if (typeof shape === "number") {
    for (let index = 0; index < shape; index++) yield [...base, index];
    return;
  }
  for (let index = 0; index < shape.length; index++) yield* slots(shape[index] ?? 0, [...base, index]);
}

/** Slots in each top-level section; for depth 1 every segment is a section of its own. */
export function sectionSlotCounts(shape: Shape): number[] {
  if (typeof shape === "number") return Array.from({ length: shape }, () => 1);
  return shape.map(slotCount);
}

/** The shape below a path, or null where nothing is promised. */
export function shapeAt(shape: Shape, path: Path): Shape | null {
  let here: Shape = shape;
  for (const [level, index] of path.entries()) {
    if (typeof here === "number") return level === path.length - 1 && index < here ? 1 : null;
    const next: Shape | undefined = here[index];
    if (next === undefined) return null;
    here = next;
  }
  return here;
}

/** The shape of one version's array, by the same rule as the published counts. */
export function shapeOf(text: unknown, depth: number): Shape {
  if (depth <= 1) return Array.isArray(text) ? text.length : 0;
  return Array.isArray(text) ? text.map((entry) => shapeOf(entry, depth - 1)) : [];
}

/** The longest of two shapes of the same depth, place by place. */
export function unionShape(a: Shape, b: Shape): Shape {
  if (typeof a === "number" || typeof b === "number") {
    return typeof a === "number" && typeof b === "number" ? Math.max(a, b) : typeof a === "number" ? b : a;
  }
  const longer = a.length >= b.length ? a : b;
  return longer.map((entry, index) => {
    const left = a[index];
    const right = b[index];
    return left === undefined || right === undefined ? entry : unionShape(left, right);
  });
}
