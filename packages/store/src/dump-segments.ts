import type { Database } from "bun:sqlite";
import type { Language } from "@sofer/core";
import type { SegmentLine } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { bookIds, bookVersions, storedBook } from "./read-books.ts";

/** Rows per page: some MB of text at most, read in a few ms. */
const PAGE_ROWS = 1_000;

interface Row {
  readonly path: Uint8Array;
  readonly ref: string;
  readonly heRef: string | null;
  readonly text: string;
}

/**
 * Every text in reading order: contents position, leaf, language, version title by code point, path. A page is read
 * whole and its statement ended before its rows go out, however slowly they are taken: an open one would keep the
 * WAL from being folded back. CROSS JOIN is SQLite's way to fix the order of the loops: places first, by the index that
 * is in reading order. Left alone, the planner goes through the whole version and sorts it for each page.
 */
export function* segmentLines(
  database: Database,
  drizzle: Drizzle,
  filter: { titles?: readonly string[]; languages?: readonly Language[] },
): Generator<SegmentLine> {
  const page = database.query<Row, [number, number, Uint8Array | string, number]>(
    `SELECT s.path, s.ref, s.he_ref AS heRef, t.text
     FROM segment s CROSS JOIN segment_text t ON t.version_id = ? AND t.segment_id = s.id
     WHERE s.node_id = ? AND s.path > ? ORDER BY s.path LIMIT ?`,
  );
  for (const bookId of bookIds(drizzle, filter.titles)) {
    const book = storedBook(database, bookId);
    const versions = bookVersions(database, bookId).filter((key) => filter.languages?.includes(key.language) ?? true);
    for (const { nodeId } of book.leaves) {
      for (const { id, language, versionTitle } of versions) {
        // SQLite sorts text before every blob, so "" is before the first path, the empty one included.
        let after: Uint8Array | string = "";
        for (;;) {
          const rows: Row[] = page.all(id, nodeId, after, PAGE_ROWS);
          for (const { ref, heRef, text } of rows)
            yield { title: book.title, language, versionTitle, ref, heRef, text };
          const last = rows.at(-1);
          if (last === undefined || rows.length < PAGE_ROWS) break;
          after = last.path;
        }
      }
    }
  }
}
