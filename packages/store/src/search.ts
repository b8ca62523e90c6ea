import type { Database } from "bun:sqlite";
import { compareCodePoints, SoferError, type Language } from "@sofer/core";
import { searchQuery } from "@sofer/text";
import type { SearchHit } from "./api.ts";
import { pageUrl } from "./page-url.ts";
import { languageOf, leafOf, stringsOf } from "./rows.ts";

/**
 * Texts taken from each of the two index queries, by bm25, before grouping and ranking. Enough that a segment with
 * many versions is seen with all of them, few enough to rank in some ms.
 */
const POOL_ROWS = 2_000;

/** What a hit's score is made of: bm25 of its best text times these. */
const FACTORS = {
  /** The words stand side by side, in their order: what is searched for is nearly always a phrase. */
  phrase: 4,
  /** For each doubling of the versions of the segment that match: many editions are a sign of a central text. */
  perDoubling: 0.25,
  /** Tanakh: others quote it, and the quoted place is what is wanted first. */
  base: 1.5,
} as const;

const BASE_CATEGORIES = new Set(["Tanakh", "Tanach"]);

interface FoundText {
  readonly id: number;
  readonly segmentId: number;
  /** bm25: negative, the better the smaller. */
  readonly rank: number;
}

interface Place {
  readonly path: Uint8Array;
  readonly categories: string;
  readonly bookPosition: number;
  readonly nodePosition: number;
}

interface FoundSegment extends Place {
  readonly segmentId: number;
  readonly score: number;
  /** Its matching texts with their scores. */
  readonly texts: ReadonlyMap<number, number>;
}

export interface SearchOptions {
  readonly limit: number;
  readonly languages?: readonly Language[];
  readonly titles?: readonly string[];
  /** Exactly as published; "" where none is stated. */
  readonly licenses?: readonly string[];
}

/**
 * Full-text search. One hit per segment, with all of its texts that match. Order: score (bm25 of the best text, which
 * favours short texts, times FACTORS), then place in the contents: the same library gives the same list. The query goes
 * through the same normaliser as the texts, so marks, markup and final letters make no difference.
 */
export function searchLibrary(database: Database, query: string, options: SearchOptions): SearchHit[] {
  const parsed = searchQuery(query);
  if (parsed === null) return [];
  const scores = new Map<number, Map<number, number>>();
  const add = (found: readonly FoundText[], factor: number) => {
    for (const { id, segmentId, rank } of found) {
      const texts = scores.get(segmentId) ?? new Map<number, number>();
      scores.set(segmentId, texts);
      texts.set(id, Math.max(-rank * factor, texts.get(id) ?? 0));
    }
  };
  if (parsed.terms.length > 1) add(matching(database, asPhrase(parsed.terms), options), FACTORS.phrase);
  add(matching(database, parsed.fts, options), 1);
  return [...scores]
    .map(([segmentId, texts]) => placed(database, segmentId, texts))
    .toSorted(compareFound)
    .slice(0, Math.max(0, options.limit))
    .map((found) => hitOf(database, found));
}

function asPhrase(terms: readonly string[]): string {
  return `"${terms.join(" ").replaceAll('"', '""')}"`;
}

function compareFound(a: FoundSegment, b: FoundSegment): number {
  return (
    b.score - a.score ||
    a.bookPosition - b.bookPosition ||
    a.nodePosition - b.nodePosition ||
    Buffer.compare(a.path, b.path)
  );
}

/** The best texts of one index query. */
function matching(database: Database, fts: string, options: SearchOptions): FoundText[] {
  const languages = options.languages === undefined ? null : JSON.stringify(options.languages);
  const titles = options.titles === undefined ? null : JSON.stringify(options.titles);
  const licenses = options.licenses === undefined ? null : JSON.stringify(options.licenses);
  return database
    .query<FoundText, [string, string | null, string | null, string | null, number]>(
      `SELECT t.id, t.segment_id AS segmentId, f.rank
       FROM full_text f JOIN segment_text t ON t.id = f.rowid
       WHERE full_text MATCH ?1
         AND (?2 IS NULL OR t.version_id IN (SELECT id FROM version WHERE language IN (SELECT value FROM json_each(?2))))
         AND (?3 IS NULL OR t.version_id IN (SELECT v.id FROM version v JOIN book b ON b.id = v.book_id
           WHERE b.title IN (SELECT value FROM json_each(?3))))
         AND (?4 IS NULL OR t.version_id IN (SELECT id FROM version WHERE license IN (SELECT value FROM json_each(?4))))
       ORDER BY f.rank, f.rowid LIMIT ?5`,
    )
    .all(fts, languages, titles, licenses, POOL_ROWS);
}

function placed(database: Database, segmentId: number, texts: ReadonlyMap<number, number>): FoundSegment {
  const place = database
    .query<Place, [number]>(
      `SELECT s.path, b.categories, b.position AS bookPosition, n.position AS nodePosition
       FROM segment s JOIN node n ON n.id = s.node_id JOIN book b ON b.id = n.book_id WHERE s.id = ?`,
    )
    .get(segmentId);
  if (place === null)
    throw new SoferError("library", `the full-text index names a segment ${segmentId} that is not there`);
  const best = Math.max(...texts.values());
  const versions = 1 + FACTORS.perDoubling * Math.log2(texts.size);
  const base =
    BASE_CATEGORIES.has(stringsOf(place.categories)[0] ?? "") && !isCommentary(place.categories) ? FACTORS.base : 1;
  return { ...place, segmentId, texts, score: best * versions * base };
}

/** Commentaries stand under Tanakh too; below the first level they say so. */
function isCommentary(categories: string): boolean {
  return stringsOf(categories).some((category) => category.includes("Commentary") || category === "Targum");
}

function hitOf(database: Database, found: FoundSegment): SearchHit {
  const segment = database
    .query<{ ref: string; heRef: string | null; title: string; leaf: string }, [number]>(
      `SELECT s.ref, s.he_ref AS heRef, b.title, n.leaf
       FROM segment s JOIN node n ON n.id = s.node_id JOIN book b ON b.id = n.book_id WHERE s.id = ?`,
    )
    .get(found.segmentId);
  if (segment === null) throw new SoferError("library", `segment ${found.segmentId} went while it was read`);
  const { ref, heRef, title, leaf } = segment;
  return {
    ref,
    heRef,
    title,
    score: found.score,
    versions: versionsOf(database, found.texts),
    url: pageUrl(leafOf(leaf), ref),
  };
}

/** Best first; equals by version title, so that the list is stable. */
function versionsOf(database: Database, texts: ReadonlyMap<number, number>): SearchHit["versions"] {
  const find = database.query<{ text: string; language: string; versionTitle: string; license: string }, [number]>(
    `SELECT t.text, v.language, v.version_title AS versionTitle, v.license
     FROM segment_text t JOIN version v ON v.id = t.version_id WHERE t.id = ?`,
  );
  return [...texts]
    .flatMap(([id, score]) => {
      const row = find.get(id);
      return row === null ? [] : [{ score, row }];
    })
    .toSorted((a, b) => b.score - a.score || compareCodePoints(a.row.versionTitle, b.row.versionTitle))
    .map(({ row }) => ({ ...row, language: languageOf(row.language) }));
}
