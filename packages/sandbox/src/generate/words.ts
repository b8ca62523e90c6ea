import type { Random } from "../random.ts";

/** Words made up of our own small lists: they read like the real thing and say nothing. */

const ROOTS = [
  "שמר",
  "כתב",
  "למד",
  "דרש",
  "אמר",
  "הלך",
  "ישב",
  "זכר",
  "פתח",
  "ברך",
  "סדר",
  "גדל",
  "חכם",
  "נתן",
  "קרא",
] as const;
const NOUNS = [
  "בית",
  "ספר",
  "דרך",
  "שער",
  "אור",
  "עיר",
  "נהר",
  "הר",
  "יום",
  "לילה",
  "אדם",
  "עץ",
  "מים",
  "לחם",
  "שלחן",
] as const;
const SMALL_WORDS = ["את", "על", "אל", "מן", "כל", "לא", "כי", "אשר", "גם", "זה", "הוא", "בין", "עם", "או"] as const;
const PREFIXES = ["", "", "", "ו", "ה", "ב", "ל", "מ", "ש", "כ"] as const;
const SUFFIXES = ["", "", "", "ים", "ות", "ו", "ך", "נו"] as const;

const EN_NOUNS = [
  "house",
  "gate",
  "scribe",
  "road",
  "river",
  "lamp",
  "letter",
  "field",
  "teacher",
  "guest",
  "vessel",
  "garden",
  "measure",
  "silence",
  "morning",
] as const;
const EN_VERBS = [
  "guards",
  "opens",
  "remembers",
  "carries",
  "asks",
  "measures",
  "returns to",
  "learns from",
  "writes of",
  "passes",
  "waits for",
] as const;
const EN_QUALITIES = [
  "old",
  "quiet",
  "open",
  "narrow",
  "patient",
  "hidden",
  "bright",
  "second",
  "whole",
  "plain",
] as const;
const EN_TIES = ["and", "but", "for", "when", "because", "while"] as const;

/** U+05B0..U+05BB, the vowel points. */
const VOWELS = ["\u05B0", "\u05B4", "\u05B5", "\u05B6", "\u05B7", "\u05B8", "\u05B9", "\u05BB"] as const;
/** A few of U+0591..U+05AE, the cantillation accents. */
const ACCENTS = ["\u0591", "\u0596", "\u059A", "\u05A3", "\u05A5", "\u0594"] as const;
const DAGESH = "\u05BC";
const HEBREW_LETTER = /[\u05D0-\u05EA]/;

export type Marks = "none" | "niqqud" | "cantillation";

export function hebrewWord(random: Random, marks: Marks): string {
  const stem = random.chance(0.5) ? random.pick(ROOTS) : random.pick(NOUNS);
  const bare = random.chance(0.25) ? random.pick(SMALL_WORDS) : random.pick(PREFIXES) + stem + random.pick(SUFFIXES);
  return marks === "none" ? bare : pointed(bare, marks, random);
}

/** Puts a vowel on most letters, and with `cantillation` one accent on the word. */
function pointed(word: string, marks: Marks, random: Random): string {
  const letters = [...word];
  const accented = random.between(0, letters.length - 1);
  return letters
    .map((letter, at) => {
      if (!HEBREW_LETTER.test(letter)) return letter;
      const dagesh = "בגדכפת".includes(letter) && random.chance(0.4) ? DAGESH : "";
      const vowel = at < letters.length - 1 ? random.pick(VOWELS) : "";
      const accent = marks === "cantillation" && at === accented ? random.pick(ACCENTS) : "";
      return letter + dagesh + vowel + accent;
    })
    .join("");
}

export function hebrewSentence(random: Random, words: number, marks: Marks): string {
  const sentence = Array.from({ length: words }, () => hebrewWord(random, marks)).join(" ");
  return marks === "cantillation" ? `${sentence}\u05C3` : `${sentence}.`;
}

export function englishSentence(random: Random, clauses: number): string {
  const text = Array.from({ length: clauses }, () => {
    const subject = random.chance(0.5)
      ? `the ${random.pick(EN_QUALITIES)} ${random.pick(EN_NOUNS)}`
      : `the ${random.pick(EN_NOUNS)}`;
    return `${subject} ${random.pick(EN_VERBS)} the ${random.pick(EN_NOUNS)}`;
  }).join(`, ${random.pick(EN_TIES)} `);
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
