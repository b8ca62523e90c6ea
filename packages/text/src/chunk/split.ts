import { CountedText } from "../tokens.ts";

export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
}

export interface SplitLimits {
  readonly targetTokens: number;
  readonly maxTokens: number;
}

/**
 * Where a text may be cut, best first: after a sentence, after a clause, at any white space, after a hyphen or maqaf.
 * Each expression matches what stays with the part before the cut. In Hebrew a colon ends a sentence; in Latin
 * script it only parts clauses.
 */
const BOUNDARIES: readonly RegExp[] = [
  /(?:[.!?…׃]|(?<=[\u0591-\u05f4"'”’)\]]):)["'”’»״)\]}]{0,4}(?=\s)|(?=\n)/g,
  /[,;:]["'”’»״)\]}]{0,4}(?=\s)|[—–]/g,
  /(?=\s)/g,
  /[-־/]/g,
];

let segmenter: Intl.Segmenter | undefined;

/** Made when it is first needed: few texts are cut between letters, and it takes 2 ms. */
function graphemes(): Intl.Segmenter {
  return (segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" }));
}

/** Cut points of a range at one level, ascending, both ends included. */
function cuts(text: string, start: number, end: number, level: number, maxTokens: number): number[] {
  const expression = BOUNDARIES[level];
  if (expression === undefined) return hardCuts(text, start, end, maxTokens);
  const points = [start];
  for (const match of text.slice(start, end).matchAll(expression)) {
    const point = start + match.index + match[0].length;
    if (point > (points.at(-1) ?? start) && point < end) points.push(point);
  }
  points.push(end);
  return points;
}

/**
 * Cuts for a range without any boundary, between characters as readers see them, and inside one only when it alone is
 * too large. A token is at least one UTF-8 byte, so a piece of a quarter of the maximum in bytes is surely small enough.
 */
function hardCuts(text: string, start: number, end: number, maxTokens: number): number[] {
  const pieceBytes = Math.max(4, Math.floor(maxTokens / 4));
  const points = [start];
  let bytes = 0;
  const step = (at: number, unit: string): void => {
    const size = Buffer.byteLength(unit);
    if (bytes + size > pieceBytes && at > (points.at(-1) ?? start)) {
      points.push(at);
      bytes = 0;
    }
    bytes += size;
  };
  for (const { segment, index } of graphemes().segment(text.slice(start, end))) {
    if (Buffer.byteLength(segment) <= pieceBytes) {
      step(start + index, segment);
      continue;
    }
    let at = start + index;
    for (const point of segment) {
      step(at, point);
      at += point.length;
    }
  }
  points.push(end);
  return points;
}

/** The range without white space at its ends. */
function trimmed(text: string, start: number, end: number): { start: number; end: number } {
  const part = text.slice(start, end);
  const from = start + part.length - part.trimStart().length;
  return { start: from, end: Math.max(from, end - (part.length - part.trimEnd().length)) };
}

interface Splitting {
  readonly text: string;
  readonly counted: CountedText;
  readonly maxTokens: number;
}

/** Pieces no larger than the maximum, in order, by the best boundaries that achieve it. They cover the range. */
function pieces(of: Splitting, start: number, end: number, level: number, into: Stretch[]): void {
  const { text, counted, maxTokens } = of;
  const points = cuts(text, start, end, level, maxTokens);
  // Nothing to cut at this level, and the whole is known to be too large.
  if (points.length === 2 && level < BOUNDARIES.length) return pieces(of, start, end, level + 1, into);
  for (let index = 0; index + 1 < points.length; index++) {
    const from = points[index] ?? start;
    const to = points[index + 1] ?? end;
    const tokens = counted.tokens(from, to);
    // Counted with the space before it, as it stands in running text; alone it may count a little more.
    const fits = tokens <= maxTokens && measure(of, from, to).tokens <= maxTokens;
    if (fits || level > BOUNDARIES.length) into.push({ start: from, end: to, tokens });
    else pieces(of, from, to, level + 1, into);
  }
}

/** A range without the white space at its ends. */
function measure({ text, counted }: Splitting, from: number, to: number): Stretch {
  const { start, end } = trimmed(text, from, to);
  return { start, end, tokens: counted.tokens(start, end) };
}

/**
 * Splits a text above the maximum into parts of about equal size near the target, none above the maximum. The parts
 * hold everything but white space at the cuts.
 */
export function splitText(text: string, limits: SplitLimits): Stretch[] {
  const of: Splitting = { text, counted: new CountedText(text), maxTokens: limits.maxTokens };
  const list: Stretch[] = [];
  pieces(of, 0, text.length, 0, list);
  const parts: Stretch[] = [];
  let left = list.reduce((sum, piece) => sum + piece.tokens, 0);
  let at = 0;
  while (at < list.length) {
    const goal = left / Math.max(1, Math.ceil(left / limits.targetTokens));
    let next = at;
    let sum = 0;
    while (next < list.length) {
      const tokens = list[next]?.tokens ?? 0;
      if (next > at && (sum + tokens > limits.maxTokens || sum + tokens / 2 > goal)) break;
      sum += tokens;
      next++;
    }
    // Counts add up only nearly: take back a piece until the part as it will stand is within the maximum.
    const from = list[at]?.start ?? 0;
    let part = measure(of, from, list[next - 1]?.end ?? 0);
    while (part.tokens > limits.maxTokens && next > at + 1) part = measure(of, from, list[--next - 1]?.end ?? 0);
    if (part.end > part.start) parts.push(part);
    for (; at < next; at++) left -= list[at]?.tokens ?? 0;
  }
  return parts;
}
