import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import { NO_CHANGES, type Changes } from "@sofer/core";
import { bookTexts } from "./book-texts.ts";
import type { Drizzle } from "./drizzle.ts";
import { book, failure, node, sourceObject } from "./schema.ts";
import { removeEmptyVersions } from "./versions.ts";
import { removeLeaf } from "./write-outline.ts";

/** A book that the source has dropped, with all that it held. Links to it stay, and dangle. */
export function removeBook(database: Database, drizzle: Drizzle, title: string): Changes {
  const row = drizzle.select({ id: book.id }).from(book).where(eq(book.title, title)).get();
  if (row === undefined) return NO_CHANGES;
  let removed = 0;
  for (const texts of bookTexts(database, title).values()) removed += texts.size;
  for (const leaf of drizzle.select({ id: node.id }).from(node).where(eq(node.bookId, row.id)).all()) {
    removeLeaf(database, drizzle, leaf.id);
  }
  removeEmptyVersions(database, row.id);
  drizzle.delete(sourceObject).where(eq(sourceObject.bookId, row.id)).run();
  drizzle.delete(failure).where(eq(failure.title, title)).run();
  drizzle.delete(book).where(eq(book.id, row.id)).run();
  return { ...NO_CHANGES, removed };
}
