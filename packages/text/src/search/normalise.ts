import { cleanText } from "../markup/clean-text.ts";
import { WHITE_SPACE } from "../white-space.ts";

/** Changes whenever {@link searchText} gives other output for any input: the full-text index is then rebuilt. */
export const NORMALISER = "1";

// What becomes of each UTF-16 unit: itself, another unit, nothing (DELETED), a space, or one of two quotes.
const DELETED = 0;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const table = new Uint16Array(0x10000);
const ranges = (target: number | null, ...list: readonly (readonly [number, number])[]): void => {
  for (const [from, to] of list) for (let unit = from; unit <= to; unit++) table[unit] = target ?? unit;
};
ranges(null, [0, 0xffff]);
for (const unit of WHITE_SPACE) table[unit] = SPACE;
// Control characters.
ranges(SPACE, [0x00, 0x1f], [0x7f, 0x9f]);
// Cantillation, niqqud and other Hebrew marks; combining marks of other scripts; joiners and direction marks.
ranges(DELETED, [0x0591, 0x05bd], [0x05bf, 0x05bf], [0x05c1, 0x05c2], [0x05c4, 0x05c5], [0x05c7, 0x05c7]);
ranges(DELETED, [0x0300, 0x036f], [0x200c, 0x200f], [0x202a, 0x202e], [0x2060, 0x2069]);
ranges(DELETED, [0x00ad, 0x00ad], [0xfeff, 0xfeff]);
// Maqaf, paseq, sof pasuq, nun hafukha; zero-width space: word breaks.
for (const unit of [0x05be, 0x05c0, 0x05c3, 0x05c6, 0x200b]) table[unit] = SPACE;
// Geresh, gershayim, and what is typed for them.
for (const unit of [0x05f3, 0x27, 0x60, 0xb4, 0x2018, 0x2019, 0x201a, 0x201b, 0x2032]) table[unit] = APOSTROPHE;
for (const unit of [0x05f4, 0x22, 0x201c, 0x201d, 0x201e, 0x201f, 0x2033]) table[unit] = QUOTE;
for (let unit = 0x41; unit <= 0x5a; unit++) table[unit] = unit + 0x20;
const FINALS = "ךםןףץ";
const PLAIN = "כמנפצ";
for (let index = 0; index < FINALS.length; index++) table[FINALS.charCodeAt(index)] = PLAIN.charCodeAt(index);

/** Units beyond ASCII and Hebrew, for which decomposition and case may matter; none of the others has either. */
const OTHER = /[^\0-\x7f\u0590-\u05f4\u2012-\u2015\u2018-\u201f]/;
const decoder = new TextDecoder("utf-16le");
let buffer = new Uint16Array(4096);

function isHebrewLetter(unit: number): boolean {
  return unit >= 0x05d0 && unit <= 0x05ea;
}

/**
 * Clean text as the full-text index holds it, for SQLite's `unicode61`: decomposed (NFKD), lower case, without marks,
 * final letters folded. Quotes inside a Hebrew word go, so that an abbreviation is one word; other quotes stay. Control
 * characters and lone surrogates do not come through: SQLite's query parser ends at a NUL.
 */
export function normaliseForSearch(clean: string): string {
  const text = OTHER.test(clean) ? clean.normalize("NFKD").toLowerCase() : clean;
  return decoder.decode(fold(text, null));
}

export interface NormalisedText {
  readonly text: string;
  /** Where each UTF-16 unit of `text` came from in the clean text. */
  readonly from: Uint32Array;
}

/** The same with the way back; null where letters are decomposed, which changes their number. */
export function normaliseWithOrigins(clean: string): NormalisedText | null {
  if (OTHER.test(clean)) return null;
  const from = new Uint32Array(clean.length);
  const folded = fold(clean, from);
  return { text: decoder.decode(folded), from: from.subarray(0, folded.length) };
}

/** The folded text, good until the next call: it lies in a buffer that grows. */
function fold(text: string, from: Uint32Array | null): Uint16Array {
  if (buffer.length < text.length) buffer = new Uint16Array(text.length * 2);
  let length = 0;
  let quotesFrom = -1;
  for (let at = 0; at < text.length; at++) {
    const unit = table[text.charCodeAt(at)] ?? 0;
    if (unit === DELETED) continue;
    if (unit === QUOTE || unit === APOSTROPHE) {
      if (quotesFrom < 0) quotesFrom = length;
    } else {
      // Quotes between two Hebrew letters are taken back.
      if (quotesFrom > 0 && isHebrewLetter(unit) && isHebrewLetter(buffer[quotesFrom - 1] ?? 0)) length = quotesFrom;
      quotesFrom = -1;
    }
    if (unit === SPACE && (length === 0 || buffer[length - 1] === SPACE)) continue;
    if (from !== null) from[length] = at;
    buffer[length++] = unit;
  }
  if (length > 0 && buffer[length - 1] === SPACE) length--;
  return buffer.subarray(0, length);
}

/**
 * The search form of a segment: markup stripped, footnotes at the end (what is in the text can be found), then
 * {@link normaliseForSearch}. For text that was cleaned already call that directly: a `<b>` that stood there as an
 * entity would be taken for a tag here.
 */
export function searchText(raw: string): string {
  if (!raw.includes("<") && !raw.includes("&")) return normaliseForSearch(raw);
  const { text, footnotes } = cleanText(raw);
  if (footnotes.length === 0) return normaliseForSearch(text);
  return normaliseForSearch([text, ...footnotes.map((note) => note.text)].join("\n"));
}
