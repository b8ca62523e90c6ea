import { HE_ALIYOT, parseLabel, type AddressType } from "./address.ts";
import { comparePaths } from "./jagged-array.ts";
import { parseHebrewNumeral } from "./hebrew-numeral.ts";
import { addressTypeAt, pathOfNumbers, type BookTree, type Leaf, type Path } from "./schema-tree.ts";

/**
 * Reads citations as the publisher does (sefaria-api, section 1), in English and Hebrew: the longest title wins, then
 * sections parted by any of `.` `,` `:` and space, then perhaps a range, whose right side may leave out leading parts.
 *
 *     Genesis 1:1   Genesis_1.1   Genesis 1:31-2:2   Berakhot 2a:3-5   Berakhot 2   ברכות ב׳ א:ג׳   בראשית א׳:ב׳
 */
export interface ParsedRef {
  readonly leaf: Leaf;
  /** First and last place, both inclusive and of the same level; equal unless a range; empty for the leaf itself. */
  readonly from: Path;
  readonly to: Path;
}

const SEPARATOR = /[.,:\s]+/;
/** A page and a half page, as the address types have them. */
const SIDES_PER_DAF = 2;
/** Ways to write a page's first and second side after its number. */
const HE_SIDES = ["א", "ב"].map((letter) => [letter, `${letter}'`, `ע"${letter}`, `ע${letter}`]);

/** The places a citation names in a book, or null when it names none of this book's. */
export function parseRef(text: string, book: BookTree): ParsedRef | null {
  const cited = foldCitation(text);
  for (const { leaf, title } of matchingTitles(cited, book)) {
    const sections = parseSections(cited.slice(title.length), leaf);
    if (sections !== null) return { leaf, ...sections };
  }
  return null;
}

/** Titles the citation begins with, longest first; English before Hebrew and reading order where they tie. */
function matchingTitles(cited: string, book: BookTree): { leaf: Leaf; title: string }[] {
  const found: { leaf: Leaf; title: string }[] = [];
  for (const leaf of book.leaves) {
    for (const title of [foldCitation(leaf.title), foldCitation(leaf.heTitle)]) {
      if (title === "" || !cited.startsWith(title)) continue;
      const next = cited[title.length];
      if (next === undefined || SEPARATOR.test(next)) found.push({ leaf, title });
    }
  }
  return found.toSorted((a, b) => b.title.length - a.title.length);
}

/** The places that a citation names after a leaf's title, folded; null when it names none. */
export function parseSections(text: string, leaf: Leaf): { from: Path; to: Path } | null {
  const sides = text.split("-");
  // A dash may stand in the repeated title, so the right side is everything after the first dash.
  const left = tokensOf(sides[0] ?? "");
  if (sides.length === 1) {
    const place = readSpan(left, leaf, 0, [], false);
    return place === null ? null : toPaths(leaf, place.first, place.last);
  }
  const start = readSpan(left, leaf, 0, [], false);
  const right = tokensOf(withoutTitle(sides.slice(1).join("-"), leaf));
  if (start === null || start.first.length === 0 || right.length === 0) return null;
  // The right side names the last levels; try the fullest reading first.
  for (let given = start.first.length; given >= 1; given--) {
    const leading = start.first.slice(0, start.first.length - given);
    const end = readSpan(right, leaf, leading.length, start.first, true);
    if (end === null || end.last.length !== given) continue;
    const paths = toPaths(leaf, start.first, [...leading, ...end.last]);
    if (paths !== null) return paths;
  }
  return null;
}

function withoutTitle(text: string, leaf: Leaf): string {
  const trimmed = text.trim();
  for (const title of [foldCitation(leaf.title), foldCitation(leaf.heTitle)]) {
    if (title !== "" && trimmed.startsWith(title)) return trimmed.slice(title.length);
  }
  return trimmed;
}

function tokensOf(text: string): string[] {
  return text.split(SEPARATOR).filter((token) => token !== "");
}

/** Section numbers of the first and the last place that the tokens name, from level `level` on. */
interface NumberSpan {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/**
 * Reads all tokens, or gives null. A page without its side, in the last place, spans both sides. `isEnd`: this is the
 * right side of a range that starts at `start`, so `b` alone is a side of the page the range starts on.
 */
function readSpan(
  tokens: readonly string[],
  leaf: Leaf,
  level: number,
  start: readonly number[],
  isEnd: boolean,
): NumberSpan | null {
  if (tokens.length === 0) return { first: [], last: [] };
  if (level >= MAX_LEVELS) return null;
  const type = addressTypeAt(leaf, level);
  for (const { taken, first, last } of readNumber(tokens, type, isEnd ? start[level] : undefined)) {
    if (taken === tokens.length) return { first: [first], last: [last] };
    if (first !== last) continue;
    const rest = readSpan(tokens.slice(taken), leaf, level + 1, start, isEnd);
    if (rest !== null) return { first: [first, ...rest.first], last: [last, ...rest.last] };
  }
  return null;
}

/** Deeper than any text; a longer list of numbers is no citation. */
const MAX_LEVELS = 32;

interface NumberReading {
  readonly taken: number;
  readonly first: number;
  readonly last: number;
}

/** The ways to read one section number at the beginning of the tokens, likeliest first. */
function readNumber(tokens: readonly string[], type: AddressType, start: number | undefined): NumberReading[] {
  const [token = "", next] = tokens;
  const readings: NumberReading[] = [];
  const plain = parseLabel(type, token);
  if (plain !== null) readings.push({ taken: 1, first: plain, last: plain });
  if (type === "Talmud") {
    readings.push(...readDaf(token, next));
    const side = start === undefined ? -1 : ["a", "b"].indexOf(token);
    if (start !== undefined && side >= 0) {
      const n = Math.floor((start - 1) / SIDES_PER_DAF) * SIDES_PER_DAF + 1 + side;
      readings.push({ taken: 1, first: n, last: n });
    }
  } else if (type === "Aliyah") {
    const at = HE_ALIYOT.indexOf(token);
    if (at >= 0) readings.push({ taken: 1, first: at + 1, last: at + 1 });
  } else if (type !== "Folio" && plain === null) {
    const n = parseHebrewNumeral(token);
    if (n !== null) readings.push({ taken: 1, first: n, last: n });
  }
  return readings;
}

/** `ב׳ א`: a page and its side; `ב׳` or `2` alone: both sides. */
function readDaf(token: string, next: string | undefined): NumberReading[] {
  const readings: NumberReading[] = [];
  const heDaf = /^\d/.test(token) ? null : parseHebrewNumeral(token);
  const side = next === undefined ? -1 : HE_SIDES.findIndex((names) => names.includes(next));
  if (heDaf !== null && side >= 0) {
    const n = heDaf * SIDES_PER_DAF - 1 + side;
    readings.push({ taken: 2, first: n, last: n });
  }
  const daf = heDaf ?? parseLabel("Integer", token);
  if (daf !== null) readings.push({ taken: 1, first: daf * SIDES_PER_DAF - 1, last: daf * SIDES_PER_DAF });
  return readings;
}

/** Numbers as paths; null when one lies outside, when the ends differ in level, or when they stand in wrong order. */
function toPaths(leaf: Leaf, first: readonly number[], last: readonly number[]): { from: Path; to: Path } | null {
  const from = pathOfNumbers(leaf, first);
  const to = pathOfNumbers(leaf, last);
  return from === null || to === null || from.length !== to.length || comparePaths(from, to) > 0 ? null : { from, to };
}

/** Printable ASCII, single spaces between words: nearly every citation, of which only the letter case needs folding. */
const PLAIN = /^[!-^`-~]+(?: [!-^`-~]+)*$/;

/** What does not count in a citation: letter case, `_` for a space, the kinds of dash, the kinds of quote. */
export function foldCitation(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .normalize("NFC")
    .trim()
    .replace(/[_\s]+/g, " ")
    .replace(/[\u2010-\u2015]/g, "-")
    .replace(/[\u05F3\u2018\u2019]/g, "'")
    .replace(/[\u05F4\u201C\u201D]/g, '"')
    .toLowerCase();
}
