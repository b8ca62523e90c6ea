import type { Library } from "@sofer/store";
import type { HeldBook } from "./plan-book.ts";

/** What the library has of a book, and of the bucket's objects of it. */
export function heldBook(library: Library, title: string): HeldBook {
  const book = library.book(title);
  if (book === null) return { book, objects: [], holdings: [], settled: [] };
  return {
    book,
    objects: library.sourceObjects(title),
    holdings: library.holdings(title),
    settled: library.settled(title),
  };
}
