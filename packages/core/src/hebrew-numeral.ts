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

/** @param n a whole number of at least 1; anything else throws a RangeError. */
export function hebrewNumeral(n: number): string {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`not a section number: ${n}`);
  if (n < SPLIT_FROM) {
    const all = letters(n);
    return all.length === 1 ? all + GERESH : all.slice(0, -1) + GERSHAYIM + all.slice(-1);
  }
  const thousands = Math.floor(n / 1000);
  const front = thousands < SPLIT_FROM ? letters(thousands) + GERESH : hebrewNumeral(thousands) + GERESH;
  const rest = n % 1000;
  return rest === 0 ? front : front + hebrewNumeral(rest);
}
