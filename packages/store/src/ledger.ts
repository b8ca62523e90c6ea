import type { Database } from "bun:sqlite";
import type { LedgerEntry, PlainError } from "@sofer/core";
import type { FailedItem, StoredSink } from "./api.ts";
import { bytesOf, hexOf } from "./vectors/vector-file.ts";

/** What each sink acknowledged, and what of embedding and pushing failed by name. */

const PAGE = 1_000;

/** A sink by its name; its settings are those of the last push. */
export function saveSink(database: Database, name: string, settings: string): number {
  const row = database
    .query<{ id: number }, [string, string]>(
      `INSERT INTO sink (name, settings) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET settings = excluded.settings RETURNING id`,
    )
    .get(name, settings);
  return row?.id ?? 0;
}

export function storedSinks(database: Database): StoredSink[] {
  return database
    .query<StoredSink, []>(
      `SELECT id, name, settings, (SELECT count(*) FROM ledger WHERE sink_id = sink.id) AS chunks FROM sink ORDER BY id`,
    )
    .all();
}

export function writeEntries(database: Database, sinkId: number, entries: readonly LedgerEntry[]): void {
  const insert = database.query<unknown, [number, string, Uint8Array, number]>(
    `INSERT INTO ledger (sink_id, chunk_key, content_hash, mapping) VALUES (?, ?, ?, ?)
     ON CONFLICT (sink_id, chunk_key) DO UPDATE SET content_hash = excluded.content_hash, mapping = excluded.mapping`,
  );
  for (const { id, contentHash, mapping } of entries) insert.run(sinkId, id, bytesOf(contentHash), mapping);
}

export function dropEntries(database: Database, sinkId: number, ids: readonly string[]): void {
  const drop = database.query<unknown, [number, string]>("DELETE FROM ledger WHERE sink_id = ? AND chunk_key = ?");
  for (const id of ids) drop.run(sinkId, id);
}

interface EntryRow {
  readonly chunk_key: string;
  readonly content_hash: Uint8Array;
  readonly mapping: number;
}

const entryOf = (row: EntryRow): LedgerEntry => ({
  id: row.chunk_key,
  contentHash: hexOf(row.content_hash),
  mapping: row.mapping,
});

export function entryOfChunk(database: Database, sinkId: number, id: string): LedgerEntry | null {
  const row = database
    .query<EntryRow, [number, string]>(
      "SELECT chunk_key, content_hash, mapping FROM ledger WHERE sink_id = ? AND chunk_key = ?",
    )
    .get(sinkId, id);
  return row === null ? null : entryOf(row);
}

/** By id. */
export function* entriesOfSink(database: Database, sinkId: number): Generator<LedgerEntry> {
  let last = "";
  for (;;) {
    const rows = database
      .query<EntryRow, [number, string, number]>(
        `SELECT chunk_key, content_hash, mapping FROM ledger WHERE sink_id = ? AND chunk_key > ?
         ORDER BY chunk_key LIMIT ?`,
      )
      .all(sinkId, last, PAGE);
    for (const row of rows) yield entryOf(row);
    if (rows.length < PAGE) return;
    last = rows.at(-1)?.chunk_key ?? last;
  }
}

/** Chunks in the ledger that the library does not have any more in that profile. */
export function goneFromLibrary(database: Database, sinkId: number, profile: string, limit: number): string[] {
  return database
    .query<{ chunk_key: string }, [number, string, number]>(
      `SELECT chunk_key FROM ledger WHERE sink_id = ?1
       AND NOT EXISTS (SELECT 1 FROM chunk WHERE key = chunk_key AND profile = ?2) ORDER BY chunk_key LIMIT ?3`,
    )
    .all(sinkId, profile, limit)
    .map((row) => row.chunk_key);
}

/** Failures that are of no unit of a run; met again, they count another attempt. */
export function writeItemFailures(database: Database, items: readonly FailedItem[], now: number): void {
  const write = database.query<unknown, (string | number | null)[]>(
    `INSERT INTO failure (title, place, unit_id, code, message, hint, causes, url, attempts, first_at, last_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9)
     ON CONFLICT (unit_id) DO UPDATE SET title = excluded.title, place = excluded.place, code = excluded.code,
       message = excluded.message, hint = excluded.hint, causes = excluded.causes, url = excluded.url,
       attempts = attempts + 1, last_at = excluded.last_at`,
  );
  for (const { title, place, id, error } of items) write.run(...failureValues(title, place, id, error), now);
}

function failureValues(title: string, place: string, id: string, error: PlainError): (string | null)[] {
  return [title, place, id, error.code, error.message, error.hint, JSON.stringify(error.causes), error.url];
}
