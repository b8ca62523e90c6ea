import type { Random } from "../random.ts";

/** Words by rule: Hebrew ones of three-letter roots and patterns, English ones of parts that English words are made of. */

/** How many of each language; with prefixes and suffixes there are some hundreds of thousands of Hebrew forms. */
const STEMS = 20_000;

/** A stem in two ways to go on: alone, or before a suffix, where its last letter has no final form. */
interface Forms {
  readonly head: string;
  readonly end: string;
  readonly middle: string;
}

export interface Stem {
  /** From 0, the commonest. */
  readonly rank: number;
  readonly plain: Forms;
  readonly pointed: Forms;
}

/** Without marks, and with. */
type Affix = readonly [string, string];

export const PREFIXES: readonly [Affix, ...Affix[]] = [
  ["ו", "וְ"],
  ["ו", "וְ"],
  ["ה", "הַ"],
  ["ה", "הַ"],
  ["ב", "בְּ"],
  ["ל", "לְ"],
  ["מ", "מִ"],
  ["ש", "שֶׁ"],
  ["כ", "כְּ"],
  ["וה", "וְהַ"],
  ["ול", "וְלַ"],
  ["שב", "שֶׁבְּ"],
];
export const SUFFIXES: readonly [Affix, ...Affix[]] = [
  ["ים", "ִים"],
  ["ות", "וֹת"],
  ["ו", "וֹ"],
  ["ה", "ָהּ"],
  ["נו", "ֵנוּ"],
  ["ם", "ָם"],
  ["ין", "ִין"],
  ["תו", "ָתוֹ"],
];

/** The commonest words of the language, in no author's order. */
const HE_COMMON =
  "את של על לא כי זה הוא אם גם אין כל מה או יש אלא אבל היא אמר רבי לו בו כן עד מן אף רק עם אל אשר הם שם כך לפי אחר בין היה אז הרי אנו זו בזה וכן דבר יום איש בית מים לב עוד תחת נגד אצל פי הנה מי ידי".split(
    " ",
  );
const LETTERS = "אאבבגדהההוחטיייכלללמממנננסעעפצקררשששתתת";
/** Digits stand for the root's letters. */
const PATTERNS = [
  "123",
  "1ו23",
  "12י3",
  "מ123",
  "מ12ו3",
  "ה12י3",
  "ת12ו3",
  "נ123",
  "12ו3",
  "1י2ו3",
  "י123",
  "ת123",
  "123ה",
  "123ון",
  "מ123ת",
  "הת123",
  "12י3ה",
  "123ות",
] as const;
const FINAL: Readonly<Record<string, string>> = { כ: "ך", מ: "ם", נ: "ן", פ: "ף", צ: "ץ" };
const VOWELS = ["\u05B0", "\u05B4", "\u05B5", "\u05B6", "\u05B7", "\u05B8", "\u05B9"] as const;
/** One stem in so many is an abbreviation, with a sign before its last letter. */
const ABBREVIATED = 30;

export function hebrewStems(random: Random): Stem[] {
  const letters = [...LETTERS];
  const letter = () => letters[random.between(0, letters.length - 1)] ?? "א";
  const words = new Set(HE_COMMON);
  while (words.size < STEMS) {
    const root = [letter(), letter(), letter()];
    words.add(random.pick(PATTERNS).replaceAll(/\d/g, (at) => root[Number(at) - 1] ?? ""));
  }
  return [...words].map((word, rank) => {
    const isShort = rank >= HE_COMMON.length && rank % ABBREVIATED === 0;
    return { rank, plain: plainForms(word, isShort), pointed: pointedForms(word, random) };
  });
}

function plainForms(word: string, isShort: boolean): Forms {
  const head = word.slice(0, -1);
  const last = word.slice(-1);
  return { head, middle: last, end: isShort ? `"${last}` : (FINAL[last] ?? last) };
}

/** The same word is always pointed the same way. */
function pointedForms(word: string, random: Random): Forms {
  const letters = [...word];
  const last = letters.at(-1) ?? "";
  const pointed = letters.slice(0, -1).map((letter, at) => {
    const dagesh = at === 0 && "בגדכפת".includes(letter) ? "\u05BC" : "";
    return letter + dagesh + random.pick(VOWELS);
  });
  return { head: pointed.join(""), middle: last, end: FINAL[last] ?? last };
}

const EN_COMMON =
  "the of and to in that is he it a for not as his was be with this they from but on are which one who there when all will him you if by or have their what at so shall i has no up them then said out do were we into her had upon day an man also would because about may like more did these your us those before how other after than where own any must such only first our two even".split(
    " ",
  );
const EN_BEFORE = ["", "", "", "", "re", "con", "un", "in", "ex", "de", "pro", "over", "sub", "inter"] as const;
const EN_STEMS =
  "act form port script tend vent press serve claim cause rule law read write bless count wait keep hold stand turn call build place light water bread field stone house word hand heart mind path gate wall king friend child house voice fear hope love praise sign mark seal order cover open close gather plant reap grow rest rise fall walk run teach learn ask answer judge test prove show hide seek find lose give take bring carry send lead follow guard watch guide bind loose weigh measure number name speak hear see know think trust truth peace war night morning season year month week hour time part share side end start root branch fruit seed vine tree river mountain valley road city land".split(
    " ",
  );
const EN_AFTER = [
  "",
  "",
  "",
  "s",
  "ed",
  "ing",
  "er",
  "ers",
  "ly",
  "ment",
  "ness",
  "able",
  "ful",
  "less",
  "ion",
] as const;

export function englishWords(random: Random): string[] {
  const words = new Set(EN_COMMON);
  const pick = (from: readonly string[]) => from[random.between(0, from.length - 1)] ?? "";
  while (words.size < STEMS) {
    // Rarer words are longer ones.
    const second = random.next() * STEMS < words.size ? pick(EN_STEMS) : "";
    words.add(random.pick(EN_BEFORE) + pick(EN_STEMS) + second + random.pick(EN_AFTER));
  }
  return [...words];
}
