import type { Database } from "bun:sqlite";
import { asc, inArray } from "drizzle-orm";
import { pathFromBytes, SoferError, type LeafRange, type Path, type VersionKey } from "@sofer/core";
import type { ChunkSums, LeafVersionTexts, SectionSize, StoredBook } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { placeRange } from "./place-range.ts";
import { languageOf, leafOf, shapeOfRow, stringsOf } from "./rows.ts";
import { book, version } from "./schema.ts";

interface BookRow {
  readonly id: number;
  readonly title: string;
  readonly heTitle: string;
  readonly categories: string;
  readonly isComplex: number;
  readonly checkedAt: number;
}

/** Books with their leaves, versions, and the texts of one version of one leaf. */
export function storedBook(database: Database, bookId: number): StoredBook {
  // Prepared statements: a plan reads thousands of books, and the builder's work for each would be most of the time.
  const row = database
    .query<BookRow, [number]>(
      `SELECT id, title, he_title AS heTitle, categories, is_complex AS isComplex, checked_at AS checkedAt
       FROM book WHERE id = ?`,
    )
    .get(bookId);
  if (row === null) throw new SoferError("internal", `the library has no book ${bookId}`);
  const leaves = database
    .query<{ id: number; leaf: string; shape: string }, [number]>(
      "SELECT id, leaf, shape FROM node WHERE book_id = ? ORDER BY position, id",
    )
    .all(bookId);
  return {
    bookId,
    title: row.title,
    heTitle: row.heTitle,
    categories: stringsOf(row.categories),
    isComplex: row.isComplex !== 0,
    checkedAt: row.checkedAt,
    leaves: leaves.map((leaf) => ({ nodeId: leaf.id, leaf: leafOf(leaf.leaf), shape: shapeOfRow(leaf.shape) })),
  };
}

/** In the order of the contents; all, or those with one of the titles. */
export function bookIds(drizzle: Drizzle, titles?: readonly string[]): number[] {
  if (titles?.length === 0) return [];
  return drizzle
    .select({ id: book.id })
    .from(book)
    .where(titles === undefined ? undefined : inArray(book.title, [...titles]))
    .orderBy(asc(book.position), asc(book.title))
    .all()
    .map((row) => row.id);
}

export function bookVersions(database: Database, bookId: number) {
  return database
    .query<typeof version.$inferSelect, [number]>(
      `SELECT id, book_id AS bookId, language, version_title AS versionTitle, license, version_source AS versionSource,
         priority, actual_language AS actualLanguage, other
       FROM version WHERE book_id = ? ORDER BY language, version_title`,
    )
    .all(bookId)
    .map((row) => ({ ...row, language: languageOf(row.language) }));
}

/** Of one version of a leaf, in reading order, those within a range. */
export function textsOf(
  database: Database,
  nodeId: number,
  key: VersionKey,
  range: LeafRange | null = null,
): LeafVersionTexts {
  const { from, before } = placeRange(range);
  const rows = database
    .query<
      { id: number; path: Uint8Array; text: string; hash: Uint8Array; tokens: number },
      [string, string, number, Uint8Array, Uint8Array]
    >(
      `SELECT t.id, s.path, t.text, t.hash, t.tokens
       FROM node n
       JOIN version v ON v.book_id = n.book_id AND v.language = ? AND v.version_title = ?
       JOIN segment s ON s.node_id = n.id
       JOIN segment_text t ON t.version_id = v.id AND t.segment_id = s.id
       WHERE n.id = ? AND s.path >= ? AND s.path < ? ORDER BY s.path`,
    )
    .all(key.language, key.versionTitle, nodeId, from, before);
  return {
    segmentTextIds: rows.map((row) => row.id),
    paths: rows.map((row) => pathFromBytes(row.path)),
    texts: rows.map((row) => row.text),
    hashes: rows.map((row) => row.hash),
    tokens: rows.map((row) => row.tokens),
  };
}

/** What each top-level section holds of one version, in reading order. */
export function sectionsOf(database: Database, nodeId: number, key: VersionKey): SectionSize[] {
  return database
    .query<{ first: Uint8Array; texts: number; units: number }, [string, string, number]>(
      `SELECT substr(s.path, 1, 4) AS first, count(*) AS texts, sum(length(t.text)) AS units
       FROM node n
       JOIN version v ON v.book_id = n.book_id AND v.language = ? AND v.version_title = ?
       JOIN segment s ON s.node_id = n.id
       JOIN segment_text t ON t.version_id = v.id AND t.segment_id = s.id
       WHERE n.id = ? GROUP BY first ORDER BY first`,
    )
    .all(key.language, key.versionTitle, nodeId)
    .map(({ first, ...size }) => ({ section: pathFromBytes(first)[0] ?? 0, ...size }));
}

/** Places read at once: 2 ms; a leaf of 85,000 places in one go held the reader's event loop for 300 ms. */
const PATHS_PAGE = 2_000;

/** Places of a leaf that hold text in any version, in reading order, page by page; no text is read. */
export function* storedPathsOf(database: Database, nodeId: number): Generator<Path> {
  const page = database.query<{ path: Uint8Array }, [number, Uint8Array | string, number]>(
    `SELECT path FROM segment s WHERE node_id = ? AND path > ?
     AND EXISTS (SELECT 1 FROM segment_text t WHERE t.segment_id = s.id) ORDER BY path LIMIT ?`,
  );
  // SQLite sorts text before every blob, so "" is before the first path, the empty one included.
  let after: Uint8Array | string = "";
  for (;;) {
    const rows: { path: Uint8Array }[] = page.all(nodeId, after, PATHS_PAGE);
    for (const { path } of rows) yield pathFromBytes(path);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PATHS_PAGE) return;
    after = last.path;
  }
}

export function chunkSumsOf(database: Database, title: string): ChunkSums {
  const row = database
    .query<ChunkSums, [string]>(
      `SELECT count(*) AS count, coalesce(sum(c.tokens), 0) AS tokens
       FROM book b JOIN node n ON n.book_id = b.id JOIN chunk c ON c.node_id = n.id
       WHERE b.title = ?`,
    )
    .get(title);
  return row ?? { count: 0, tokens: 0 };
}

/** Where texts stand, in the order of their ids. */
export function pathsOf(database: Database, segmentTextIds: readonly number[]): Path[] {
  const find = database.query<{ path: Uint8Array }, [number]>(
    "SELECT s.path FROM segment_text t JOIN segment s ON s.id = t.segment_id WHERE t.id = ?",
  );
  return segmentTextIds.map((id) => {
    const row = find.get(id);
    if (row === null) throw new SoferError("internal", `the library has no text ${id}`);
    return pathFromBytes(row.path);
  });
}

export function chunkProfiles(database: Database): ReadonlyMap<string, number> {
  const rows = database
    .query<{ profile: string; count: number }, []>("SELECT profile, count(*) AS count FROM chunk GROUP BY profile")
    .all();
  return new Map(rows.map(({ profile, count }) => [profile, count]));
}
