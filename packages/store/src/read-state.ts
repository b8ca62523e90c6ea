import type { Database } from "bun:sqlite";
import { asc, desc, eq } from "drizzle-orm";
import type { VersionKey } from "@sofer/core";
import type { FailureRow, HoldingRow, Library, SettledRow, SplitHint, UnitRow } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { storedRange } from "./place-range.ts";
import { excludedOf, languageOf, oddOf, stringsOf } from "./rows.ts";
import { failure, run, splitHint, unit } from "./schema.ts";

/** What is held, settled, failed and counted. */
interface HoldingRecord extends Omit<HoldingRow, "version" | "range" | "odd"> {
  readonly language: string;
  readonly versionTitle: string;
  readonly fromPath: Uint8Array;
  readonly toPath: Uint8Array;
  readonly odd: string;
}

/**
 * CROSS JOIN fixes the order of the loops: a book's versions, then their holdings by the index that begins with the version. Left alone,
 * the planner goes through all holdings for each book. Prepared, as in read-books.ts: it is asked for book by book.
 */
export function holdingRows(database: Database, bookTitle?: string): HoldingRow[] {
  return database
    .query<HoldingRecord, [string | null]>(
      `SELECT h.node_id AS nodeId, v.language, v.version_title AS versionTitle, h.from_path AS fromPath,
         h.to_path AS toPath, h.state, h.places, h.stored, h.blank, h.not_text AS notText, h.excluded, h.irregular,
         h.odd, h.tally_sum AS tallySum
       FROM book b CROSS JOIN version v ON v.book_id = b.id CROSS JOIN holding h ON h.version_id = v.id
       JOIN node n ON n.id = h.node_id
       WHERE ${bookTitle === undefined ? "?1 IS NULL" : "b.title = ?1"}
       ORDER BY b.position, n.position, v.language, v.version_title, h.from_path`,
    )
    .all(bookTitle ?? null)
    .map(({ language, versionTitle, fromPath, toPath, odd, ...row }) => ({
      ...row,
      version: { language: languageOf(language), versionTitle },
      range: storedRange(fromPath, toPath),
      odd: oddOf(odd),
    }));
}

interface SettledRecord extends Omit<SettledRow, "range" | "excluded"> {
  readonly fromPath: Uint8Array;
  readonly toPath: Uint8Array;
  readonly excluded: string;
}

export function settledRows(database: Database, bookTitle?: string): SettledRow[] {
  return database
    .query<SettledRecord, [string | null]>(
      `SELECT s.node_id AS nodeId, s.from_path AS fromPath, s.to_path AS toPath, s.selection, s.limit_slots AS limitSlots,
         s.excluded, s.settled_at AS settledAt
       FROM book b CROSS JOIN node n ON n.book_id = b.id CROSS JOIN settled s ON s.node_id = n.id
       WHERE ${bookTitle === undefined ? "?1 IS NULL" : "b.title = ?1"}
       ORDER BY b.position, n.position, s.from_path, s.selection`,
    )
    .all(bookTitle ?? null)
    .map(({ fromPath, toPath, excluded, ...row }) => ({
      ...row,
      range: storedRange(fromPath, toPath),
      excluded: excludedOf(excluded),
    }));
}

export function splitHintRows(drizzle: Drizzle): SplitHint[] {
  return drizzle
    .select()
    .from(splitHint)
    .orderBy(asc(splitHint.nodeId))
    .all()
    .map(({ nodeId, versionsPerRequest, slotsPerRequest, why }) => ({
      nodeId,
      versionsPerRequest,
      slotsPerRequest,
      why,
    }));
}

export function failureRows(drizzle: Drizzle): FailureRow[] {
  return drizzle
    .select()
    .from(failure)
    .orderBy(asc(failure.title), asc(failure.place), asc(failure.unitId))
    .all()
    .map(({ id: _id, ...row }) => ({ ...row, causes: stringsOf(row.causes) }));
}

export function runRows(drizzle: Drizzle, limit: number): ReturnType<Library["runs"]> {
  return drizzle.select().from(run).orderBy(desc(run.id)).limit(limit).all();
}

export function unitRows(drizzle: Drizzle, runId: number): UnitRow[] {
  return drizzle
    .select()
    .from(unit)
    .where(eq(unit.runId, runId))
    .orderBy(asc(unit.id))
    .all()
    .map(({ id, kind, title, state, requests, bytes }) => ({ id, kind, title, state, requests, bytes }));
}

export function unchunkedRows(
  database: Database,
  chunking: string,
  bookTitle?: string,
): { nodeId: number; bookTitle: string; version: VersionKey }[] {
  return database
    .query<{ nodeId: number; bookTitle: string; language: string; versionTitle: string }, [string, string | null]>(
      `SELECT n.id AS nodeId, b.title AS bookTitle, v.language, v.version_title AS versionTitle
       FROM (SELECT DISTINCT version_id, node_id FROM holding WHERE stored > 0) h
       JOIN node n ON n.id = h.node_id
       JOIN book b ON b.id = n.book_id
       JOIN version v ON v.id = h.version_id
       WHERE NOT EXISTS (SELECT 1 FROM chunked c WHERE c.version_id = v.id AND c.node_id = n.id AND c.chunking = ?1)
       AND (?2 IS NULL OR b.title = ?2)
       ORDER BY b.position, n.position, v.language, v.version_title`,
    )
    .all(chunking, bookTitle ?? null)
    .map((row) => ({
      nodeId: row.nodeId,
      bookTitle: row.bookTitle,
      version: { language: languageOf(row.language), versionTitle: row.versionTitle },
    }));
}

export function countRows(database: Database): ReturnType<Library["counts"]> {
  const count = (table: string) =>
    database.query<{ count: number }, []>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0;
  return {
    books: count("book"),
    versions: count("version"),
    segments: count("segment"),
    texts: count("segment_text"),
    chunks: count("chunk"),
    indexed: count("full_text_docsize"),
  };
}
