import { cleanText } from "../markup/clean-text.ts";
import { wordsWithPlaces } from "./words.ts";

/** Which kinds of marks count when words are compared as they are written. */
export interface WrittenMarks {
  /** Vowel points, dagesh, shin and sin dots. */
  readonly niqqud: boolean;
  /** Accents, meteg, dots above and below. */
  readonly cantillation: boolean;
}

/** A word of a text as it is written, and as the index has it. */
export interface WrittenWord {
  readonly word: string;
  readonly written: string;
}

const NIQQUD = /[\u05B0-\u05BC\u05BF\u05C1\u05C2\u05C7]/u;
const CANTILLATION = /[\u0591-\u05AF\u05BD\u05C4\u05C5]/u;
const MARK = /\p{M}/u;
/** Nothing that decomposes, and no mark: nearly every word of a text without vowel points. */
const BARE = /^[A-Za-z0-9\u05D0-\u05EA]+$/;
const NOTE_OR_TAG = /<sup[^>]*>.*?<\/sup>|<i class="footnote">.*?<\/i>|<[^>]*>/gsu;

/** The kinds of marks that a query has: a kind that it has none of is not compared. */
export function marksOf(query: string): WrittenMarks {
  const text = query.normalize("NFD");
  return { niqqud: NIQQUD.test(text), cantillation: CANTILLATION.test(text) };
}

/** The words of a query's term as they are written. */
export function writtenTerm(text: string, marks: WrittenMarks): WrittenWord[] {
  return wordsWithPlaces(text).map(({ word, start, end }) => ({
    word,
    written: written(text.slice(start, end), marks),
  }));
}

/**
 * The words of a stored text as they are written, the source's own marks among them: cantillation, which clean text does
 * not have, is read from the raw string.
 */
export function writtenWords(raw: string, marks: WrittenMarks): WrittenWord[] {
  const { text, toRaw } = cleanText(raw);
  const places = wordsWithPlaces(text);
  // Nothing was taken out: the places are those of the raw string.
  if (text === raw)
    return places.map(({ word, start, end }) => ({ word, written: written(raw.slice(start, end), marks) }));
  return places.map(({ word, start, end }) => {
    let last = toRaw(end - 1) + 1;
    while (last < raw.length && MARK.test(raw[last] ?? "")) last++;
    return { word, written: written(raw.slice(toRaw(start), last), marks) };
  });
}

/** Letters and the marks that count, in one canonical order; quotes and markup do not count. */
function written(piece: string, marks: WrittenMarks): string {
  if (BARE.test(piece)) return piece;
  const bare = piece.includes("<") ? piece.replaceAll(NOTE_OR_TAG, "") : piece;
  let out = "";
  for (const letter of bare.normalize("NFD")) {
    const counts = NIQQUD.test(letter)
      ? marks.niqqud
      : CANTILLATION.test(letter)
        ? marks.cantillation
        : /[\p{L}\p{N}\p{Co}\p{M}]/u.test(letter);
    if (counts) out += letter;
  }
  return out;
}
