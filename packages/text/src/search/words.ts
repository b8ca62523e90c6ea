import { normaliseForSearch, normaliseWithOrigins } from "./normalise.ts";

/** A word as the full-text index has it, and where it stands in the text it was read from. */
export interface TextWord {
  readonly word: string;
  /** Offsets in UTF-16 units; from the first letter up to the end of the last one's marks. */
  readonly start: number;
  readonly end: number;
}

/** What SQLite's unicode61 takes for a part of a word, once a text is normalised; everything else parts words. */
export const WORD_PARTS = /[\p{L}\p{N}\p{Co}]+/gu;

const HEBREW = /[\u05D0-\u05EA\uFB1D-\uFB4F]/;
/** Every kind of single and double quote that stands for geresh and gershayim (normalise.ts has the same). */
const QUOTES = /["'`\u00B4\u2018-\u201F\u2032\u2033\u05F3\u05F4]/;
/** Runs that cannot hold a part of a word; quotes and marks may stand inside one, so they are not among them. */
const CERTAIN_GAP = /[\s\u05BE\u05C0\u05C3\u05C6\u200B.,:;!?()[\]{}<>/\\|=+*&%$#@~^_\u2012-\u2015-]+/gu;

/** The words of a clean text, in the index's form, without their places: about ten times as fast as {@link wordsWithPlaces}. */
export function wordsOf(normalised: string): string[] {
  return normalised.match(WORD_PARTS) ?? [];
}

/** The words of a clean text with their places: the same words in the same order as the index has for it. */
export function wordsWithPlaces(clean: string): TextWord[] {
  const normalised = normaliseWithOrigins(clean);
  if (normalised === null) return wordsByStretches(clean);
  const words: TextWord[] = [];
  for (const { 0: word, index } of normalised.text.matchAll(WORD_PARTS)) {
    const start = normalised.from[index] ?? 0;
    let end = (normalised.from[index + word.length - 1] ?? start) + 1;
    while (end < clean.length && isMark(clean.charCodeAt(end))) end++;
    words.push({ word, start, end });
  }
  return words;
}

/** Hebrew points and accents, which belong to the letter before them. */
function isMark(unit: number): boolean {
  return unit >= 0x0591 && unit <= 0x05c7 && unit !== 0x05be && unit !== 0x05c0 && unit !== 0x05c3 && unit !== 0x05c6;
}

/**
 * For texts with letters that are decomposed: each stretch between certain gaps is normalised as the index's text is, and
 * cut where that has gaps.
 */
function wordsByStretches(clean: string): TextWord[] {
  const words: TextWord[] = [];
  let from = 0;
  const take = (to: number) => {
    if (to > from) wordsOfStretch(clean, from, to, words);
  };
  for (const gap of clean.matchAll(CERTAIN_GAP)) {
    take(gap.index);
    from = gap.index + gap[0].length;
  }
  take(clean.length);
  return words;
}

function wordsOfStretch(clean: string, from: number, to: number, words: TextWord[]): void {
  const found = wordsOf(normaliseForSearch(clean.slice(from, to)));
  const [first] = found;
  if (first === undefined) return;
  if (found.length === 1) {
    words.push({ word: first, ...trimmed(clean, from, to) });
    return;
  }
  // Several words without a certain gap (don't, א…ב): letter by letter, to see which belong to which.
  const pieces: { start: number; end: number }[] = [];
  let open: { start: number; end: number } | null = null;
  for (let at = from; at < to;) {
    const letter = String.fromCodePoint(clean.codePointAt(at) ?? 0);
    const parts = wordsOf(normaliseForSearch(letter)).length;
    if (parts > 0) {
      if (open === null) pieces.push((open = { start: at, end: at }));
      open.end = at + letter.length;
      // A sign that is several words by itself (½).
      for (let part = 1; part < parts; part++) pieces.push((open = { start: at, end: at + letter.length }));
    } else if (/\p{M}|\p{Cf}/u.test(letter)) {
      if (open !== null) open.end = at + letter.length;
    } else if (!isInsideHebrewWord(clean, at)) {
      open = null;
    }
    at += letter.length;
  }
  for (const [index, word] of found.entries()) words.push({ word, ...(pieces[index] ?? { start: from, end: to }) });
}

/** Without what stands around the word: quotes, dashes, other signs. */
function trimmed(clean: string, from: number, to: number): { start: number; end: number } {
  const piece = clean.slice(from, to);
  const start = piece.search(/[\p{L}\p{N}\p{Co}]/u);
  if (start < 0) return { start: from, end: to };
  const tail = piece.match(/[^\p{L}\p{N}\p{Co}\p{M}]*$/u)?.[0].length ?? 0;
  return { start: from + start, end: to - tail };
}

/** Whether a quote here stands inside a Hebrew word: `רמב"ם`, `לְרַשִׁ''י`. */
export function isInsideHebrewWord(text: string, at: number): boolean {
  if (!QUOTES.test(text[at] ?? "")) return false;
  let before = at - 1;
  while (before >= 0 && isPassedOver(text[before] ?? "")) before--;
  let after = at + 1;
  while (after < text.length && isPassedOver(text[after] ?? "")) after++;
  return HEBREW.test(text[before] ?? "") && HEBREW.test(text[after] ?? "");
}

/** Marks, direction marks and other quotes between a quote and its letters. */
function isPassedOver(unit: string): boolean {
  return QUOTES.test(unit) || (/[\p{M}\p{Cf}]/u.test(unit) && unit !== "\u200B");
}

export function isDoubleQuote(letter: string): boolean {
  return /["\u201C-\u201F\u2033\u05F4]/.test(letter);
}
