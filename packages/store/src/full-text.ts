import type { Database } from "bun:sqlite";
import { searchText } from "@sofer/text";
import type { IndexRows } from "./api.ts";

/** Rows per transaction: about 0.4 s. Nobody waits for the writer then, and four times as many commits took a third longer. */
const SLICE_ROWS = 20_000;
/** Rows in memory at once. */
const PAGE_ROWS = 1_000;

/**
 * Texts that are not yet in the full-text index, in the form in which it takes them, some at a time. What is in it is
 * asked of the index itself (`full_text_docsize` has one row for each of its rows), so there is no second account that
 * could go wrong, and a killed build goes on where it was. Bulk loading writes no index rows: building them afterwards is one pass.
 */
export function* unindexedTexts(database: Database): Generator<IndexRows> {
  const page = database.query<{ id: number; text: string }, [number, number]>(
    `SELECT t.id, t.text FROM segment_text t LEFT JOIN full_text_docsize d ON d.id = t.id
     WHERE t.id > ? AND d.id IS NULL ORDER BY t.id LIMIT ?`,
  );
  let after = 0;
  for (;;) {
    const rows = page.all(after, PAGE_ROWS);
    if (rows.length === 0) return;
    after = rows.at(-1)?.id ?? after;
    yield { ids: rows.map(({ id }) => id), texts: rows.map(({ text }) => searchText(text)) };
  }
}

/** Inside the caller's transaction. */
export function addToIndex(database: Database, { ids, texts }: IndexRows): void {
  const insert = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  for (const [index, id] of ids.entries()) insert.run(id, texts[index] ?? "");
}

/** Both, one after the other, in slices; returns how many rows came in. */
export function buildIndex(database: Database): number {
  const pages = unindexedTexts(database);
  let added = 0;
  const slice = database.transaction((): boolean => {
    for (let rows = 0; rows < SLICE_ROWS;) {
      const page = pages.next();
      if (page.done === true) return true;
      addToIndex(database, page.value);
      rows += page.value.ids.length;
      added += page.value.ids.length;
    }
    return false;
  });
  let isDone = false;
  while (!isDone) isDone = slice.immediate();
  return added;
}

/** The same for one book, inside the caller's transaction. */
export function indexBook(database: Database, bookId: number): void {
  const insert = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  const missing = database.query<{ id: number; text: string }, [number]>(
    `SELECT t.id, t.text FROM node n CROSS JOIN segment s ON s.node_id = n.id
     CROSS JOIN segment_text t ON t.segment_id = s.id LEFT JOIN full_text_docsize d ON d.id = t.id
     WHERE n.book_id = ? AND d.id IS NULL`,
  );
  for (const row of missing.all(bookId)) insert.run(row.id, searchText(row.text));
}
