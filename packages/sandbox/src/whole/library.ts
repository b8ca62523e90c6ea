import type { StreamedLibrary } from "../bucket/write-export.ts";
import { Random } from "../random.ts";
import { wholeBook } from "./book.ts";
import { wholeLinks } from "./links.ts";
import { planBooks, WHOLE } from "./plan.ts";
import { englishWriter, hebrewWriter } from "./words.ts";

export interface WholeOptions {
  readonly seed: string;
  /** Absent: 7,000, as many as the real library has. Fewer have as much less text and links. */
  readonly books?: number;
}

/**
 * A library as large as the real one, and as its books are: 7,000 books from 2 to 50,000 places, 4.4 million texts of
 * all lengths out of a vocabulary as rich, 4.7 million links. Planned at once; each book is written when it is opened,
 * the links when they are read.
 */
export function wholeLibrary({ seed, books = WHOLE.books }: WholeOptions): StreamedLibrary {
  const vocabulary = new Random(`${seed}/vocabulary`);
  const writers = { he: hebrewWriter(vocabulary), en: englishWriter(vocabulary) };
  const plans = planBooks(new Random(`${seed}/plan`), books, writers);
  const linkLines = () => wholeLinks(plans, seed, Math.round((WHOLE.links * books) / WHOLE.books));
  return {
    books: plans.map((plan, order) => wholeBook(plan, seed, order, writers)),
    heCategories: {},
    collections: [],
    linkLines,
    links: () => [...linkLines()],
  };
}
