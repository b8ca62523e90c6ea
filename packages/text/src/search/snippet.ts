/** Stretch of a text in UTF-16 units, its end left out. */
type Stretch = readonly [start: number, end: number];

export interface CutSnippet {
  readonly text: string;
  readonly from: number;
  readonly highlights: Stretch[];
  readonly isCut: readonly [before: boolean, after: boolean];
}

/** UTF-16 units that a snippet has, a word more or less; two or three lines of a terminal. */
const SNIPPET_UNITS = 240;
/** Of them, in front of the first thing found. */
const LEAD_UNITS = 60;

/** The part of a text that holds most of what was found, cut between words. */
export function cutSnippet(text: string, highlights: readonly Stretch[]): CutSnippet {
  const first = densest(highlights);
  const wantedFrom = text.length <= SNIPPET_UNITS ? 0 : Math.max(0, (first?.[0] ?? 0) - LEAD_UNITS);
  const from = wantedFrom === 0 ? 0 : wordStart(text, wantedFrom, first?.[0] ?? text.length);
  const wantedTo = Math.min(text.length, from + SNIPPET_UNITS);
  const to = wantedTo === text.length ? wantedTo : wordEnd(text, wantedTo, Math.max(from, first?.[1] ?? 0));
  return {
    text: text.slice(from, to),
    from,
    highlights: highlights
      .filter(([start, end]) => start >= from && end <= to)
      .map(([start, end]) => [start - from, end - from]),
    isCut: [from > 0, to < text.length],
  };
}

/** The first of those that stand within one snippet, where most do. */
function densest(highlights: readonly Stretch[]): Stretch | undefined {
  let best = highlights[0];
  let most = 0;
  let last = 0;
  for (const [index, first] of highlights.entries()) {
    while (last < highlights.length && (highlights[last]?.[1] ?? 0) <= first[0] + SNIPPET_UNITS - LEAD_UNITS) last++;
    if (last - index > most) {
      most = last - index;
      best = first;
    }
  }
  return best;
}

/** Where a word begins, at or after `at`, before what was found. */
function wordStart(text: string, at: number, before: number): number {
  for (let here = at; here < before; here++) if (/\s/u.test(text[here - 1] ?? " ")) return here;
  return wholeLetter(text, at);
}

/** Where a word ends, at or before `at`, after what was found. */
function wordEnd(text: string, at: number, after: number): number {
  for (let here = at; here > after; here--) if (/\s/u.test(text[here] ?? " ")) return here;
  return wholeLetter(text, Math.max(at, after));
}

/** Not between the halves of a letter, nor between a letter and its marks. */
function wholeLetter(text: string, at: number): number {
  let here = at;
  while (here < text.length && /^[\uDC00-\uDFFF]|^\p{M}/u.test(text.slice(here, here + 1))) here++;
  return here;
}
