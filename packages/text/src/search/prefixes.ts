/**
 * What Hebrew and Aramaic write together with the next word: and, the, in, as, to, from, that, of, alone and combined.
 * Each stands before at least 50 different words of the 253 real books, the rest being a word of at least 20 texts.
 */
const PREFIXES = [
  "ו ה ב כ ל מ ש ד",
  "וה וב וכ ול ומ וש וד שה שב שכ של שמ מה מב מל מכ כש כב כה בה לה לכ בכ דה דב דל דמ דכ",
  "ושה ושב ושל וכש כשה כשמ לכש ומה ובה ולה ומב שכש דכש וכשה",
].flatMap((row) => row.split(" "));

/** A shorter rest is hardly ever the word that was meant: משה without its מש is ה. */
const LEAST_REST = 3;
/** One letter is a numeral or a mark of a list, not a word with prefixes. */
const LEAST_WORD = 2;

function isHebrew(word: string): boolean {
  return /^[\u05D0-\u05EA]+$/.test(word);
}

/** The word, in the index's form, with each prefix put in front; nothing for what is no Hebrew word. */
export function prefixedForms(word: string): string[] {
  return isHebrew(word) && word.length >= LEAST_WORD ? PREFIXES.map((prefix) => prefix + word) : [];
}

/** What may be left of the word when letters that may be prefixes are taken away, longest first. */
export function strippedForms(word: string): string[] {
  if (!isHebrew(word)) return [];
  return PREFIXES.filter((prefix) => word.startsWith(prefix) && word.length - prefix.length >= LEAST_REST)
    .map((prefix) => word.slice(prefix.length))
    .toSorted((a, b) => b.length - a.length);
}
