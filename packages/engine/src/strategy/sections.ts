import {
  addTallies,
  comparePaths,
  parseSections,
  slotCount,
  slots,
  versionId,
  type AnsweredVersion,
  type LeafRange,
  type Path,
  type Shape,
  type TextAnswer,
} from "@sofer/core";
import type { LeafPart } from "./strategy.ts";

/**
 * The sections of a leaf, or of a part of it, that promise text, in reading order. A leaf of one level is one section, and
 * so is what lies within one.
 */
export function sectionsOf({ leaf, shape, range }: LeafPart): (LeafRange | null)[] {
  const level = leaf.depth - 1;
  if (level < 1 || (range !== null && range.from.length > level)) return [range];
  return [...pathsAt(shape, level)].filter((path) => isWithin(path, range)).map((path) => ({ from: path, to: path }));
}

/** Every promised segment of it, in reading order. */
export function* segmentsOf({ shape, range }: LeafPart): Generator<LeafRange> {
  for (const path of slots(shape)) if (isWithin(path, range)) yield { from: path, to: path };
}

/** The section of this part that a ref of the source names, or null. */
export function sectionNamed(ref: string, { leaf, range }: LeafPart): LeafRange | null {
  if (!ref.startsWith(`${leaf.title} `)) return null;
  const { from, to } = parseSections(ref.slice(leaf.title.length), leaf) ?? { from: [], to: [] };
  if (from.length !== leaf.depth - 1 || comparePaths(from, to) !== 0 || !isWithin(from, range)) return null;
  return { from, to: from };
}

function* pathsAt(shape: Shape, level: number, base: Path = []): Generator<Path> {
  if (level === 0) {
    if (slotCount(shape) > 0) yield base;
  } else if (typeof shape !== "number") {
    for (const [index, below] of shape.entries()) yield* pathsAt(below, level - 1, [...base, index]);
  }
}

function isWithin(path: Path, range: LeafRange | null): boolean {
  if (range === null) return true;
  const here = path.slice(0, range.from.length);
  return comparePaths(here, range.from) >= 0 && comparePaths(here, range.to) <= 0;
}

/** The answer for one section. */
export interface SectionAnswer {
  readonly range: LeafRange | null;
  readonly answer: TextAnswer;
}

/** One answer for the whole part out of those of its sections: each array in its place, what was counted added up. */
export function joinSections(part: LeafPart, sections: readonly SectionAnswer[]): TextAnswer {
  const [first] = sections;
  if (first === undefined) return { versions: [], missing: [], neighbours: [], bytes: 0, sourceTag: "" };
  if (sections.length === 1 && first.range === part.range) return first.answer;
  const versions = new Map<string, AnsweredVersion>();
  const roots = new Map<string, unknown[]>();
  for (const { range, answer } of sections) {
    for (const { meta, text, raw } of answer.versions) {
      const id = versionId(meta);
      const earlier = versions.get(id);
      const root = roots.get(id) ?? [];
      roots.set(id, root);
      if (!isNothing(text)) put(root, range?.from ?? [], text);
      versions.set(id, { meta, text: [], raw: earlier === undefined ? raw : addTallies(earlier.raw, raw) });
    }
  }
  return {
    versions: [...versions].map(([id, version]) => ({ ...version, text: partOf(roots.get(id) ?? [], part.range) })),
    missing: first.answer.missing.filter((title) => sections.every(({ answer }) => answer.missing.includes(title))),
    neighbours: [],
    bytes: sections.reduce((sum, { answer }) => sum + answer.bytes, 0),
    sourceTag: first.answer.sourceTag,
  };
}

/** How a version is answered that has nothing at a place. */
function isNothing(text: unknown): boolean {
  return text === null || text === undefined || text === "" || (Array.isArray(text) && text.length === 0);
}

/** Puts a section's array at its place; what comes before it and was not asked for is empty. */
function put(root: unknown[], path: Path, text: unknown): void {
  let here = root;
  for (const [level, index] of path.entries()) {
    while (here.length <= index) here.push([]);
    if (level === path.length - 1) {
      here[index] = text;
      return;
    }
    const next = here[index];
    if (!Array.isArray(next)) return;
    here = next;
  }
}

/** As a source answers: the array of one place itself, of several a list that begins with the first of them. */
function partOf(root: unknown[], range: LeafRange | null): unknown {
  if (range === null) return root;
  let here: unknown = root;
  for (const index of range.from.slice(0, -1)) here = Array.isArray(here) ? here[index] : undefined;
  if (!Array.isArray(here)) return [];
  const [from = 0, to = 0] = [range.from.at(-1), range.to.at(-1)];
  return (from === to ? here[from] : here.slice(from, to + 1)) ?? [];
}
