import type { Random } from "../random.ts";
import type { Marks } from "../generate/words.ts";
import { englishWords, hebrewStems, PREFIXES, SUFFIXES } from "./vocabulary.ts";

/**
 * Running text out of tens of thousands of made-up words, as unevenly frequent as real ones, so that a full-text index, a
 * cache of words and a tokenizer meet what they meet with real books. The constants are fits to 250 real books.
 */

/** One draw of a word costs one look into a table this long; the rarest word still has several places in it. */
const TABLE_SIZE = 2 ** 20;

/** Ranks by frequency: the share of the word of rank r is proportional to 1 / (r + offset) ^ exponent. */
function frequencyTable(words: number, offset: number, exponent: number): Uint16Array {
  const weights = Float64Array.from({ length: words }, (_, rank) => (rank + 1 + offset) ** -exponent);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const table = new Uint16Array(TABLE_SIZE);
  let at = 0;
  let reached = 0;
  for (const [rank, weight] of weights.entries()) {
    reached += weight / sum;
    const end = rank === words - 1 ? TABLE_SIZE : Math.round(reached * TABLE_SIZE);
    table.fill(rank, at, end);
    at = end;
  }
  return table;
}

const ACCENTS = ["\u0591", "\u0596", "\u059A", "\u05A3", "\u05A5", "\u0594"] as const;

/** Writes one language; made once for all books. */
export interface Writer {
  /** A text of about so many characters, marks not counted. */
  text(random: Random, characters: number, marks: Marks): string;
  /** A name: one word that is not among the commonest. */
  name(random: Random): string;
}

/** Share of words with a prefix or a suffix; the commonest words, which stand alone, have none. */
const PREFIXED = 0.2;
const SUFFIXED = 0.06;
const ALONE = 60;

export function hebrewWriter(random: Random): Writer {
  const stems = hebrewStems(random);
  const table = frequencyTable(stems.length, 9.6, 1);
  const draw = (by: Random) => stems[table[Math.floor(by.next() * TABLE_SIZE)] ?? 0] ?? stems[0];
  const word = (by: Random, marks: Marks): string => {
    const stem = draw(by);
    if (stem === undefined) return "";
    const forms = marks === "none" ? stem.plain : stem.pointed;
    const accent = marks === "cantillation" ? by.pick(ACCENTS) : "";
    const isAlone = stem.rank < ALONE;
    const prefix = !isAlone && by.chance(PREFIXED) ? by.pick(PREFIXES)[marks === "none" ? 0 : 1] : "";
    const suffix = !isAlone && by.chance(SUFFIXED) ? by.pick(SUFFIXES)[marks === "none" ? 0 : 1] : null;
    return prefix + forms.head + accent + (suffix === null ? forms.end : forms.middle + suffix);
  };
  return {
    text: (by, characters, marks) => {
      const stop = marks === "cantillation" ? "\u05C3" : marks === "none" ? "." : ":";
      return sentences(by, characters, stop, () => word(by, marks), marks === "none" ? 1 : 2);
    },
    name: (by) => {
      const stem = stems[ALONE + Math.floor(by.next() * (stems.length - ALONE))];
      return stem === undefined ? "" : stem.plain.head + stem.plain.end;
    },
  };
}

export function englishWriter(random: Random): Writer {
  const words = englishWords(random);
  const table = frequencyTable(words.length, 1.5, 1.07);
  const word = (by: Random): string => words[table[Math.floor(by.next() * TABLE_SIZE)] ?? 0] ?? "";
  return {
    text: (by, characters) => sentences(by, characters, ".", () => word(by), 1),
    name: (by) => {
      const name = words[200 + Math.floor(by.next() * (words.length - 200))] ?? "";
      return name.slice(0, 1).toUpperCase() + name.slice(1);
    },
  };
}

const WORDS_IN_SENTENCE = 16;
const WORDS_TO_COMMA = 7;

/** @param weight characters of a text that are counted as one: pointed text has a mark on most letters. */
function sentences(random: Random, characters: number, stop: string, word: () => string, weight: number): string {
  let text = "";
  for (let left = characters * weight; left > 0;) {
    const next = word();
    const isEnd = left <= next.length + 1 || random.next() * WORDS_IN_SENTENCE < 1;
    const after = isEnd ? stop : random.next() * WORDS_TO_COMMA < 1 ? "," : "";
    text += text === "" ? next + after : ` ${next}${after}`;
    left -= next.length + 1;
  }
  return text;
}
