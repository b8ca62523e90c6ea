import { cleanText, wordsWithPlaces } from "@sofer/text";

/** Words of a commentary that are taken for its heading, where it marks none. */
const HEADING_WORDS = 6;
/** A heading has at least two words; more than these are no heading. */
const LEAST_HEADING = 2;
const MOST_HEADING = 12;
/** Words in a row that two texts share: with fewer, they share a phrase of the language and not a quotation. */
const LEAST_SHARED = 4;
const MOST_SHARED = 12;
/** Words that are taken on each side of a quotation, when it is asked for as it stands. */
const AROUND = 2;

/**
 * The words of the base text that a commentary on it begins with: up to the first full stop, colon or dash; else the
 * first words. null when the text is too short to say anything.
 */
export function headingOf(raw: string): string | null {
  const { text } = cleanText(raw);
  const words = wordsWithPlaces(text);
  const [first] = words;
  if (first === undefined || words.length < LEAST_HEADING) return null;
  const mark = /\s[-\u2013\u2014]\s|[.:]/u.exec(text);
  const own = mark === null ? [] : words.filter(({ end }) => end <= mark.index);
  const taken = own.length >= LEAST_HEADING && own.length <= MOST_HEADING ? own : words.slice(0, HEADING_WORDS);
  return asTyped(text.slice(first.start, taken.at(-1)?.end ?? first.end));
}

export interface Quotation {
  /** The words that both texts have, as the quoting one writes them. */
  readonly words: string;
  /** The same with the words around them. */
  readonly inContext: string;
}

/** The longest row of words that a text shares with any of others; null when none is long enough to be a quotation. */
export function quotationOf(raw: string, sources: readonly string[]): Quotation | null {
  const { text } = cleanText(raw);
  const words = wordsWithPlaces(text);
  let best = { at: 0, length: 0 };
  for (const source of sources) {
    const others = wordsWithPlaces(cleanText(source).text).map(({ word }) => word);
    const found = longestShared(
      words.map(({ word }) => word),
      others,
    );
    if (found.length > best.length) best = found;
  }
  if (best.length < LEAST_SHARED) return null;
  const length = Math.min(best.length, MOST_SHARED);
  const piece = (from: number, to: number) =>
    asTyped(text.slice(words[from]?.start ?? 0, words[Math.min(to, words.length) - 1]?.end ?? text.length));
  return {
    words: piece(best.at, best.at + length),
    inContext: piece(Math.max(0, best.at - AROUND), best.at + length + AROUND),
  };
}

/** Quotation marks, but not the gershayim of an abbreviation. */
const QUOTATION_MARKS = /(?<![\u05D0-\u05EA]\p{M}*)["\u201C-\u201F]|["\u201C-\u201F](?![\u05D0-\u05EA])/gu;

/** In one line, without what the language of queries would take for its own. */
function asTyped(text: string): string {
  return text
    .replaceAll(QUOTATION_MARKS, " ")
    .replaceAll(/[()*]|\s/gu, " ")
    .replaceAll(/ +/g, " ")
    .trim();
}

/** The first of the longest rows, found by lengths of rows that end at each pair of words. */
function longestShared(a: readonly string[], b: readonly string[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let previous = new Uint16Array(b.length + 1);
  for (const [row, word] of a.entries()) {
    const current = new Uint16Array(b.length + 1);
    for (const [column, other] of b.entries()) {
      if (word !== other) continue;
      const length = (previous[column] ?? 0) + 1;
      current[column + 1] = length;
      if (length > best.length) best = { at: row - length + 1, length };
    }
    previous = current;
  }
  return best;
}
