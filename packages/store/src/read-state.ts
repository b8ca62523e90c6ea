import type { Database } from "bun:sqlite";
import { asc, desc, eq } from "drizzle-orm";
import type { VersionKey } from "@sofer/core";
import type { FailureRow, HoldingRow, Library, SettledRow, SplitHint, UnitRow } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { storedRange } from "./place-range.ts";
import { excludedOf, languageOf, oddOf, stringsOf } from "./rows.ts";
import { book, failure, holding, node, run, settled, splitHint, unit, version } from "./schema.ts";

/** What is held, settled, failed and counted. */
export function holdingRows(drizzle: Drizzle, bookTitle?: string): HoldingRow[] {
  return drizzle
    .select()
    .from(holding)
    .innerJoin(version, eq(version.id, holding.versionId))
    .innerJoin(node, eq(node.id, holding.nodeId))
    .innerJoin(book, eq(book.id, node.bookId))
    .where(bookTitle === undefined ? undefined : eq(book.title, bookTitle))
    .orderBy(
      asc(book.position),
      asc(node.position),
      asc(version.language),
      asc(version.versionTitle),
      asc(holding.fromPath),
    )
    .all()
    .map(({ holding: row, version: key }) => ({
      nodeId: row.nodeId,
      version: { language: languageOf(key.language), versionTitle: key.versionTitle },
      range: storedRange(row.fromPath, row.toPath),
      state: row.state,
      places: row.places,
      stored: row.stored,
      blank: row.blank,
      notText: row.notText,
      excluded: row.excluded,
      irregular: row.irregular,
      odd: oddOf(row.odd),
      tallySum: row.tallySum,
    }));
}

export function settledRows(drizzle: Drizzle, bookTitle?: string): SettledRow[] {
  return drizzle
    .select()
    .from(settled)
    .innerJoin(node, eq(node.id, settled.nodeId))
    .innerJoin(book, eq(book.id, node.bookId))
    .where(bookTitle === undefined ? undefined : eq(book.title, bookTitle))
    .orderBy(asc(book.position), asc(node.position), asc(settled.fromPath), asc(settled.selection))
    .all()
    .map(({ settled: row }) => ({
      nodeId: row.nodeId,
      range: storedRange(row.fromPath, row.toPath),
      selection: row.selection,
      limitSlots: row.limitSlots,
      excluded: excludedOf(row.excluded),
      settledAt: row.settledAt,
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
