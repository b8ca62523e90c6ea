import {
  formatRange,
  shapeAt,
  slotCount,
  type LeafRange,
  type Path,
  type Shape,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";
import { textUnit, type LeafWish } from "./planner.ts";

/**
 * How a leaf is asked in parts when one answer is too large or too slow: by versions first, then by ranges of places
 * (design 2.7). Deterministic, so that a resumed run makes the same parts and finds them settled.
 */

/**
 * Ranges of at most `most` slots that cover a leaf, or a part of it: runs of whole top-level sections, and inside a section that
 * is larger, runs of its own entries. One entry is never cut, so a range may still hold more.
 */
export function rangesOf(shape: Shape, within: LeafRange | null, most: number): LeafRange[] {
  const outer: Path = within === null ? [] : within.from.slice(0, -1);
  const here = shapeAt(shape, outer) ?? 0;
  const count = typeof here === "number" ? here : here.length;
  const first = within?.from.at(-1) ?? 0;
  const last = within === null ? count - 1 : Math.min(count - 1, within.to.at(-1) ?? 0);
  const ranges: LeafRange[] = [];
  let from = first;
  let slots = 0;
  const close = (end: number) => {
    let to = end;
    // Empty sections at either end are not asked for: the service answers 404 for an empty place.
    while (from < to && size(here, from) === 0) from++;
    while (to > from && size(here, to) === 0) to--;
    if (to >= from && slots > 0) ranges.push({ from: [...outer, from], to: [...outer, to] });
    slots = 0;
  };
  for (let index = first; index <= last; index++) {
    const entry = size(here, index);
    if (entry > most && typeof here !== "number") {
      close(index - 1);
      const below = here[index] ?? 0;
      const lastBelow = (typeof below === "number" ? below : below.length) - 1;
      ranges.push(...rangesOf(shape, { from: [...outer, index, 0], to: [...outer, index, lastBelow] }, most));
      from = index + 1;
    } else {
      if (slots > 0 && slots + entry > most) {
        close(index - 1);
        from = index;
      }
      slots += entry;
    }
  }
  close(last);
  return ranges;
}

function size(shape: Shape, index: number): number {
  return typeof shape === "number" ? 1 : slotCount(shape[index] ?? 0);
}

export function slotsIn(shape: Shape, range: LeafRange | null): number {
  if (range === null) return slotCount(shape);
  const outer = range.from.slice(0, -1);
  let sum = 0;
  for (let index = range.from.at(-1) ?? 0; index <= (range.to.at(-1) ?? 0); index++) {
    sum += slotCount(shapeAt(shape, [...outer, index]) ?? 0);
  }
  return sum;
}

/** One unit for each version, asked for by its exact title. */
export function splitByVersion(unit: TextUnit, wish: LeafWish, versions: readonly VersionMeta[]): TextUnit[] {
  const titles = [...new Set(versions.map((meta) => meta.versionTitle))];
  return titles.map((title) =>
    textUnit(wish, {
      range: unit.range,
      versions: [title],
      selection: {
        ...unit.selection,
        policy: {
          kind: "exact",
          wanted: versions
            .filter((meta) => meta.versionTitle === title)
            .map(({ language, versionTitle }) => ({ language, versionTitle })),
        },
      },
      decidesBest: true,
    }),
  );
}

/** One unit for each range of at most `most` slots. */
export function splitByRange(unit: TextUnit, wish: LeafWish, most: number): TextUnit[] {
  return rangesOf(unit.shape, unit.range, most).map((range) =>
    textUnit(wish, { range, versions: unit.versions, selection: unit.selection, decidesBest: false }),
  );
}

/** What a unit asks for, for messages: `Genesis 1-20`. */
export function placeOf(unit: TextUnit): string {
  return unit.range === null ? unit.leaf.title : formatRange(unit.leaf, unit.range.from, unit.range.to);
}
