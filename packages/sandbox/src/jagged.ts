import type { Path, Shape } from "@sofer/core";

/** Texts as the service cuts them: nothing is repaired, what lies at a place is answered as it lies. */

/** The service's own test of "has text": an element that is not "", [], 0 or null (text.py, the content condition). */
export function hasContent(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isFilled);
  return isFilled(value);
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== "" && value !== 0 && value !== null && value !== undefined;
}

/** The value at a path; a hole is [] above the segments' level and "" on it. */
export function textAt(text: unknown, path: Path, depth: number): unknown {
  let here: unknown = text;
  for (const index of path) here = Array.isArray(here) ? here[index] : undefined;
  return here ?? (path.length < depth ? [] : "");
}

/**
 * A range of a jagged array, both ends inclusive. As the service does it, the end is cut from the last element that is
 * there, even when the array stops before the range does.
 */
export function textOfRange(text: unknown, from: Path, to: Path): unknown {
  if (!Array.isArray(text)) return [];
  const [start = 0, ...startRest] = from;
  const [end = 0, ...endRest] = to;
  if (start === end && startRest.length > 0) return textOfRange(text[start], startRest, endRest);
  const part: unknown[] = text.slice(start, end + 1);
  if (startRest.length === 0 || part.length === 0) return part;
  part[0] = cutBefore(part[0], startRest);
  part[part.length - 1] = cutAfter(part.at(-1), endRest);
  return part;
}

function cutBefore(text: unknown, from: Path): unknown {
  const [start = 0, ...rest] = from;
  if (!Array.isArray(text)) return text;
  const part: unknown[] = text.slice(start);
  if (rest.length > 0 && part.length > 0) part[0] = cutBefore(part[0], rest);
  return part;
}

function cutAfter(text: unknown, to: Path): unknown {
  const [end = 0, ...rest] = to;
  if (!Array.isArray(text)) return text;
  const part: unknown[] = text.slice(0, end + 1);
  if (rest.length > 0 && part.length > 0) part[part.length - 1] = cutAfter(part.at(-1), rest);
  return part;
}

/**
 * Published counts of several versions together: depth 1 a number, depth 2 a list of section lengths, deeper nested;
 * an empty list anywhere is 0. What is deeper than the schema counts as one slot.
 */
export function unionCounts(texts: readonly unknown[], depth: number): Shape {
  const lists = texts.filter((text): text is unknown[] => Array.isArray(text));
  const length = lists.reduce((longest, list) => Math.max(longest, list.length), 0);
  if (depth <= 1 || length === 0) return length;
  return Array.from({ length }, (_, index) =>
    unionCounts(
      lists.map((list) => list[index]),
      depth - 1,
    ),
  );
}

/** Paths of `level` numbers that hold content in any of the texts, in reading order. */
export function filledPaths(texts: readonly unknown[], level: number, base: Path = []): Path[] {
  if (level === 0) return texts.some(hasContent) ? [base] : [];
  const lists = texts.filter((text): text is unknown[] => Array.isArray(text));
  const length = lists.reduce((longest, list) => Math.max(longest, list.length), 0);
  const paths: Path[] = [];
  for (let index = 0; index < length; index++) {
    const inner = lists.map((list) => list[index]);
    paths.push(...filledPaths(inner, level - 1, [...base, index]));
  }
  return paths;
}
