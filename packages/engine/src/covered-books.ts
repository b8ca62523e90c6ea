import { coverageOf, coverBook, type BookCoverage, type ChunkSums, type Library } from "@sofer/store/run";
import { Breath } from "./breath.ts";

/** A book of a run: what it has and lacks, and what its chunks come to. */
export type CoveredBook = BookCoverage & { readonly chunks: ChunkSums };

/** Reads places and counts of books, no texts; gives way to other work, however large a book is. */
export async function coverBooks(library: Library, titles: ReadonlySet<string>): Promise<CoveredBook[]> {
  const breath = new Breath();
  const context = coverageOf(library, breath);
  const covered: CoveredBook[] = [];
  for (const book of library.eachBook([...titles])) {
    covered.push({ ...withoutPaths(await coverBook(context, book)), chunks: library.chunkSums(book.title) });
    await breath.take();
  }
  return covered;
}

/** A library's paths would fill memory: a receipt needs sums only. */
function withoutPaths(book: BookCoverage): BookCoverage {
  return { ...book, leaves: book.leaves.map((leaf) => ({ ...leaf, failedPaths: [], beyond: [] })) };
}
