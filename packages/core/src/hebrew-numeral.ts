/**
 * Hebrew numerals as the publisher writes them (sefaria-api, section 2): letters summed, ת repeated up to 1199;
 * combinations that spell a name or an ill word are turned round; one letter takes a geresh after it, more take
 * gershayim before the last; from 1200 on the thousands stand in front, followed by a geresh.
 *
 *     1 -> א׳   15 -> ט״ו   31 -> ל״א   270 -> ע״ר   643492 -> תרמג׳תצ״ב
 */
export const GERESH = "\u05F3";
export const GERSHAYIM = "\u05F4";

const UNITS = ["", "א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט"];
const TENS = ["", "י", "כ", "ל", "מ", "נ", "ס", "ע", "פ", "צ"];
const HUNDREDS = ["", "ק", "ר", "ש", "ת"];
/** From here on thousands are split off. */
const SPLIT_FROM = 1200;

/** Applied one after another to the whole letter string, as the publisher does: 670 is תער, not תרע. */
const TURNED: readonly (readonly [string, string])[] = [
  ["יה", "טו"],
  ["יו", "טז"],
  ["רעה", "ערה"],
  ["רעב", "ערב"],
  ["רע", "ער"],
];

function letters(n: number): string {
  let hundreds = Math.floor(n / 100);
  let out = "";
  for (; hundreds > 4; hundreds -= 4) out += "ת";
  out += (HUNDREDS[hundreds] ?? "") + (TENS[Math.floor(n / 10) % 10] ?? "") + (UNITS[n % 10] ?? "");
  for (const [plain, turned] of TURNED) out = out.replaceAll(plain, turned);
  return out;
}

/** A block of letters is summed; blocks stand for thousands of the block after them. */
const VALUES: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((letter, n) => [letter, n] as const),
  ...TENS.map((letter, n) => [letter, n * 10] as const),
  ...HUNDREDS.map((letter, n) => [letter, n * 100] as const),
  ...(["ך", "ם", "ן", "ף", "ץ"] as const).map((letter, n) => [letter, [20, 40, 50, 80, 90][n] ?? 0] as const),
]);

/** Numerals that were asked for, of those that are not split: each stands in the ref of many segments. */
const WRITTEN: string[] = [];

/** @param n a whole number of at least 1; anything else throws a RangeError. */
export function hebrewNumeral(n: number): string {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`not a section number: ${n}`);
  return n < SPLIT_FROM ? (WRITTEN[n] ??= written(n)) : written(n);
}

function written(n: number): string {
  const all = n < SPLIT_FROM ? letters(n) : thousandsOf(n).map(letters).join(GERESH);
  if (all.length === 1) return all + GERESH;
  // The publisher puts no second mark right after a thousands' geresh: 1200 is א׳ר, 2000 is ב׳ (as 2 is).
  return all.slice(-2).includes(GERESH) ? all : all.slice(0, -1) + GERSHAYIM + all.slice(-1);
}

/** Digits in base 1000, largest first. */
function thousandsOf(n: number): number[] {
  const blocks: number[] = [];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 1000)) blocks.unshift(rest % 1000);
  return blocks;
}

/**
 * The number of a Hebrew numeral, with or without its marks (typewriter quotes too), or null when it is none. Letters
 * must stand in a numeral's order, so that a word is not taken for a number. Round thousands cannot be told from units:
 * ב׳ is read as 2.
 */
export function parseHebrewNumeral(text: string): number | null {
  const marked = text
    .trim()
    .replace(/''|[\u05F4"\u201C\u201D\u201F]/g, "")
    .replace(/['\u2018\u2019]/g, GERESH);
  const blocks = (marked.endsWith(GERESH) ? marked.slice(0, -1) : marked).split(GERESH);
  let sum = 0;
  for (const [at, block] of blocks.entries()) {
    const n = blockValue(block);
    if (n === null || (n === 0 && at === 0)) return null;
    sum = sum * 1000 + n;
  }
  return Number.isSafeInteger(sum) && sum > 0 ? sum : null;
}

function blockValue(block: string): number | null {
  let sum = 0;
  let descending = true;
  let previous = Infinity;
  for (const letter of block) {
    const value = VALUES.get(letter);
    if (value === undefined) return null;
    // Only ת stands twice; tens and units stand once.
    if (value > previous || (value === previous && value !== 400)) descending = false;
    previous = value;
    sum += value;
  }
  return descending || letters(sum) === block ? sum : null;
}
