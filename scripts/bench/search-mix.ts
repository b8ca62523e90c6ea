import type { Library } from "@sofer/store";

/** What is typed: a word, two words of one text, a phrase of three, a word with a star or with a prefix letter in front. */
export const MIX_CLASSES = ["one word", "two words", "phrase", "prefixed"] as const;
export type MixClass = (typeof MIX_CLASSES)[number];

export interface MixQuery {
  readonly query: string;
  readonly class: MixClass;
  /** One of the commonest words is in it. */
  readonly isCommon: boolean;
}

const PER_CLASS = 50;
/** One in five has one of the commonest words. */
const COMMON_EVERY = 5;
const COMMONEST = 50;
const LEAST_LETTERS = 3;
/** Texts that queries are made of: more than needed, since some have too few words. */
const SAMPLE = 4_000;
/** Of a library with many more texts than this only so many are looked at: all words of millions fill gigabytes. */
const LOOKED_AT = 400_000;

/**
 * Two hundred queries made of the library's own texts: the same for the same library. Words are cut here by a rule of our
 * own and not by what is measured.
 */
export function searchMix(library: Library): MixQuery[] {
  const texts = new Map<string, number>();
  const every = BigInt(Math.max(1, Math.floor(library.counts().texts / LOOKED_AT)));
  const sample: { readonly order: bigint; readonly words: readonly string[] }[] = [];
  for (const line of library.segments()) {
    // An order that has nothing to do with the library's own.
    const order = Bun.hash.xxHash64(`${line.ref} ${line.language} ${line.versionTitle}`);
    if (order % every !== 0n) continue;
    const words = wordsOf(line.text);
    for (const word of new Set(words)) texts.set(word, (texts.get(word) ?? 0) + 1);
    if (order % (16n * every) === 0n) sample.push({ order, words });
  }
  const commonest = [...texts]
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, COMMONEST)
    .map(([word]) => word);
  const taken = sample.toSorted((a, b) => (a.order < b.order ? -1 : 1)).slice(0, SAMPLE);
  const common = new Set(commonest);
  const queries = MIX_CLASSES.flatMap((kind, at) =>
    queriesOf(kind, taken.slice(Math.floor((at * taken.length) / 4)), common, commonest),
  );
  const short = MIX_CLASSES.find((kind) => queries.filter((query) => query.class === kind).length < PER_CLASS);
  if (short !== undefined) throw new Error(`the library is too small for ${PER_CLASS} queries of ${short}`);
  return queries;
}

function queriesOf(
  kind: MixClass,
  sample: readonly { readonly words: readonly string[] }[],
  common: ReadonlySet<string>,
  commonest: readonly string[],
): MixQuery[] {
  const queries: MixQuery[] = [];
  const fit = commonest.filter((word) => kind !== "prefixed" || word.length >= LEAST_LETTERS);
  for (const { words } of sample) {
    if (queries.length === PER_CLASS) break;
    const isCommon = queries.length % COMMON_EVERY === 0;
    const query = queryOf(kind, words, isCommon, common, fit[(queries.length / COMMON_EVERY) % fit.length] ?? "");
    if (query !== null) queries.push({ query, class: kind, isCommon });
  }
  return queries;
}

/** A query of a text's words, or null when the text has none of the kind. */
function queryOf(
  kind: MixClass,
  words: readonly string[],
  isCommon: boolean,
  common: ReadonlySet<string>,
  aCommonWord: string,
): string | null {
  const rare = words.filter((word) => !common.has(word) && word.length >= LEAST_LETTERS);
  const [first] = rare;
  const last = rare.at(-1);
  if (kind === "one word") return isCommon ? aCommonWord : (first ?? null);
  if (kind === "prefixed") {
    const word = isCommon ? aCommonWord : (last ?? null);
    if (word === null || word.length < LEAST_LETTERS) return null;
    return /^\p{Script=Hebrew}/u.test(word) && word.length % 2 === 0 ? `ו${word}` : `${word.slice(0, 4)}*`;
  }
  if (kind === "two words") {
    const other = isCommon ? words.find((word) => common.has(word)) : last;
    return first === undefined || other === undefined || other === first ? null : `${first} ${other}`;
  }
  for (let at = 0; at + 3 <= words.length; at++) {
    const three = words.slice(at, at + 3);
    if (three.some((word) => common.has(word)) === isCommon) return `"${three.join(" ")}"`;
  }
  return null;
}

function wordsOf(text: string): string[] {
  return text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/[\u05BE\u05C0]/g, " ")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
}
