import type { Database } from "bun:sqlite";
import { searchText } from "@sofer/text";

/** Rows per transaction: about 0.4 s. Nobody waits for the writer then, and four times as many commits took a third longer. */
const SLICE_ROWS = 20_000;
/** Rows in memory at once. */
const PAGE_ROWS = 1_000;

/**
 * Puts every text that is not yet in the full-text index there; returns how many. What is in it is asked of the index
 * itself (`full_text_docsize` has one row for each of its rows), so there is no second account that could go wrong, and
 * a killed build goes on where it was. Bulk loading writes no index rows: building them afterwards is one pass, in slices.
 */
export function addToIndex(database: Database, onSlice?: (rows: number) => void): number {
  const page = database.query<{ id: number; text: string }, [number, number]>(
    `SELECT t.id, t.text FROM segment_text t LEFT JOIN full_text_docsize d ON d.id = t.id
     WHERE t.id > ? AND d.id IS NULL ORDER BY t.id LIMIT ?`,
  );
  const insert = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  let after = 0;
  let added = 0;
  for (;;) {
    const slice = database
      .transaction(() => {
        let rows = 0;
        while (rows < SLICE_ROWS) {
          const missing = page.all(after, PAGE_ROWS);
          for (const row of missing) insert.run(row.id, searchText(row.text));
          after = missing.at(-1)?.id ?? after;
          rows += missing.length;
          if (missing.length < PAGE_ROWS) break;
        }
        return rows;
      })
      .immediate();
    if (slice === 0) return added;
    added += slice;
    onSlice?.(slice);
  }
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
