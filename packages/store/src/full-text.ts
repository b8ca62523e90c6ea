import type { Database } from "bun:sqlite";
import { searchText } from "@sofer/text";

/** Rows per transaction: about 0.1 s, so that parcels that come meanwhile do not wait. */
const SLICE_ROWS = 5_000;

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
    const rows = database
      .transaction(() => {
        const missing = page.all(after, SLICE_ROWS);
        for (const row of missing) insert.run(row.id, searchText(row.text));
        return missing;
      })
      .immediate();
    const last = rows.at(-1);
    if (last === undefined) return added;
    after = last.id;
    added += rows.length;
    onSlice?.(rows.length);
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
