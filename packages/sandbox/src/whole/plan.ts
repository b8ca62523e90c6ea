import type { Random } from "../random.ts";
import type { Marks } from "../generate/words.ts";
import type { Writer } from "./words.ts";

/** What a whole library has, as published in its merged form; and of how many books. */
export const WHOLE = { books: 7_000, hebrew: 3_550_000, english: 890_000, links: 4_700_000 } as const;

/** A book before its structure and its texts. */
export interface WholePlan {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  /** Title of the book it comments on. */
  readonly on: string | null;
  /** Places of the book: its first Hebrew version has all of them. */
  readonly slots: number;
  /** Share of the places, from the front, that a second Hebrew version has; 0: there is none. */
  readonly second: number;
  /** The same of an English version. */
  readonly english: number;
  readonly marks: Marks;
  /** Usual length of a text, in characters, by language. */
  readonly lengths: { readonly he: number; readonly en: number };
}

/** By the kind of book, how many of a hundred and what they are called. */
const KINDS: readonly { readonly path: string; readonly share: number; readonly noun: readonly [string, string] }[] = [
  { path: "Tanakh/Writings", share: 4, noun: ["Songs of", "שירי"] },
  { path: "Mishnah/Seder Moed", share: 5, noun: ["Order of", "סדר"] },
  { path: "Talmud/Bavli", share: 3, noun: ["Gates of", "שערי"] },
  { path: "Midrash/Aggadah", share: 8, noun: ["Parables of", "משלי"] },
  { path: "Halakhah/Codes", share: 14, noun: ["Table of", "שלחן"] },
  { path: "Responsa/Acharonim", share: 14, noun: ["Answers of", "תשובות"] },
  { path: "Kabbalah/Zohar", share: 6, noun: ["Radiance of", "זהר"] },
  { path: "Jewish Thought/Rishonim", share: 14, noun: ["Guide of", "מורה"] },
  { path: "Chasidut/Early Works", share: 12, noun: ["Light of", "אור"] },
  { path: "Musar/Acharonim", share: 8, noun: ["Path of", "דרך"] },
  { path: "Liturgy/Piyutim", share: 8, noun: ["Prayer of", "תפלת"] },
  { path: "Reference/Grammar", share: 4, noun: ["Words of", "דברי"] },
];

/** Of a hundred books so many comment on another one; a commentator writes on several. */
const COMMENTARIES = 0.4;
const COMMENTATORS = 250;
/** Natural logarithms, as all spreads here. Of 250 real books: median 124 places, mean 809, one in a hundred above 10,000. */
const SIZE_SPREAD = 1.68;
/** Texts of one book are less unlike each other in length than those of all. */
const LENGTH_SPREAD = 0.8;
export const TEXT_SPREAD = 1.1;
/** Characters of all texts together over their number. */
const MEAN_LENGTH = { he: 204, en: 324 } as const;
const SECOND_VERSIONS = 0.08;
const SECOND_SHARE = 0.6;
const POINTED = 0.04;
const ACCENTED = 0.02;

/** Spread as sizes of books and lengths of texts are: the logarithm has a normal distribution. */
export function logNormal(random: Random, spread: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return Math.exp(spread * radius * Math.cos(2 * Math.PI * random.next()));
}

/**
 * The books of a library, with sizes that add up to a whole library's, or to a part of it where there are fewer books.
 * Few are large: of 7,000 the largest has some 50,000 places.
 */
export function planBooks(
  random: Random,
  books: number,
  writers: { readonly he: Writer; readonly en: Writer },
): WholePlan[] {
  const part = books / WHOLE.books;
  const sizes = Array.from({ length: books }, () => logNormal(random, SIZE_SPREAD));
  const seconds = sizes.map(() => (random.chance(SECOND_VERSIONS) ? SECOND_SHARE : 0));
  const weight = sizes.reduce((sum, size, at) => sum + size * (1 + (seconds[at] ?? 0)), 0);
  const slots = sizes.map((size) => Math.max(2, Math.round((size / weight) * WHOLE.hebrew * part)));
  const english = englishShares(random, slots, WHOLE.english * part);
  const lengths = {
    he: usualLengths(
      random,
      slots.map((places, at) => places * (1 + (seconds[at] ?? 0))),
      MEAN_LENGTH.he,
    ),
    en: usualLengths(
      random,
      slots.map((places, at) => places * (english[at] ?? 0)),
      MEAN_LENGTH.en,
    ),
  };
  const names = new Names(random, writers);
  const plans: WholePlan[] = [];
  for (const [at, places] of slots.entries()) {
    const base =
      at > 0 && random.chance(COMMENTARIES) ? plans[Math.floor(random.next() ** 2 * plans.length)] : undefined;
    const named = base === undefined || base.on !== null ? names.ofBook() : names.ofCommentary(base);
    const kind = random.next();
    plans.push({
      ...named,
      slots: places,
      second: seconds[at] ?? 0,
      english: english[at] ?? 0,
      marks: kind < ACCENTED ? "cantillation" : kind < ACCENTED + POINTED ? "niqqud" : "none",
      lengths: { he: lengths.he[at] ?? MEAN_LENGTH.he, en: lengths.en[at] ?? MEAN_LENGTH.en },
    });
  }
  return plans;
}

/** The middle length of each book's texts, so that all texts together have the mean wanted. */
function usualLengths(random: Random, texts: readonly number[], mean: number): number[] {
  const drawn = texts.map(() => logNormal(random, LENGTH_SPREAD));
  // The mean of what is spread so is above its middle by this.
  const above = Math.exp(TEXT_SPREAD ** 2 / 2);
  const all = texts.reduce((sum, count) => sum + count, 0);
  const characters = texts.reduce((sum, count, at) => sum + count * (drawn[at] ?? 0) * above, 0);
  return drawn.map((length) => (length * mean * all) / characters);
}

/** Books are translated whole, until there is as much English as there should be; the last one in part. */
function englishShares(random: Random, slots: readonly number[], wanted: number): number[] {
  const shares = slots.map(() => 0);
  const order = slots.map((_, at) => ({ at, by: random.next() })).toSorted((a, b) => a.by - b.by);
  let left = wanted;
  for (const { at } of order) {
    const places = slots[at] ?? 0;
    if (left <= 0) break;
    shares[at] = Math.min(1, left / places);
    left -= places;
  }
  return shares;
}

type Named = Pick<WholePlan, "title" | "heTitle" | "categories" | "on">;

/** No title twice, in neither language. */
class Names {
  readonly #random: Random;
  readonly #writers: { readonly he: Writer; readonly en: Writer };
  readonly #taken = new Set<string>();
  readonly #commentators: readonly (readonly [string, string])[];

  constructor(random: Random, writers: { readonly he: Writer; readonly en: Writer }) {
    this.#random = random;
    this.#writers = writers;
    this.#commentators = Array.from({ length: COMMENTATORS }, () => [writers.en.name(random), writers.he.name(random)]);
  }

  ofBook(): Named {
    const kind = this.#kind();
    return this.#untaken(() => {
      const { en, he } = this.#writers;
      const title = `${kind.noun[0]} ${en.name(this.#random)}`;
      return { title, heTitle: `${kind.noun[1]} ${he.name(this.#random)}`, categories: kind.path.split("/"), on: null };
    });
  }

  ofCommentary(base: WholePlan): Named {
    return this.#untaken(() => {
      const [en, he] = this.#commentators[this.#random.between(0, COMMENTATORS - 1)] ?? ["", ""];
      const categories = [base.categories[0] ?? "", "Commentary", en];
      return { title: `${en} on ${base.title}`, heTitle: `${he} על ${base.heTitle}`, categories, on: base.title };
    });
  }

  #kind() {
    let left = this.#random.next() * KINDS.reduce((sum, { share }) => sum + share, 0);
    for (const kind of KINDS) if ((left -= kind.share) < 0) return kind;
    throw new RangeError("the shares of the kinds of books do not add up");
  }

  #untaken(make: () => Named): Named {
    for (;;) {
      const named = make();
      if (this.#taken.has(named.title) || this.#taken.has(named.heTitle)) continue;
      this.#taken.add(named.title).add(named.heTitle);
      return named;
    }
  }
}
