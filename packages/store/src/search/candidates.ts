import type { Database } from "bun:sqlite";
import type { SearchScope } from "./filters.ts";

/**
 * Texts that the index ranks, at most, for one expression; of more, an even sample is ranked. FTS5's bm25 takes 1 us for
 * each, and there are queries (the, of) that a quarter of all texts match.
 */
const RANKED_TEXTS = 10_000;
/** Matches that are counted before "at least" is said; counting takes 0.05 us each. */
const COUNTED_TEXTS = 1_000_000;

export interface Candidates {
  /** segment_text ids, best by bm25 first. */
  readonly ids: readonly number[];
  /** There were more to rank than were ranked. */
  readonly isSampled: boolean;
  /** There were more than were taken. */
  readonly isCut: boolean;
  readonly total: TextCount;
}

export interface TextCount {
  readonly texts: number;
  readonly isAtLeast: boolean;
}

const IN_SCOPE = `(?3 IS NULL OR t.version_id IN (SELECT value FROM json_each(?3)))
  AND (?4 IS NULL OR EXISTS (SELECT 1 FROM segment s WHERE s.id = t.segment_id AND s.node_id = ?4 AND s.path >= ?5 AND s.path < ?6))`;

type ScopeValues = [string | null, number | null, Uint8Array | null, Uint8Array | null];

function scopeValues({ versionIds, within }: SearchScope): ScopeValues {
  return [versionIds, within?.nodeId ?? null, within?.from ?? null, within?.before ?? null];
}

function isWhole(scope: SearchScope): boolean {
  return scope.versionIds === null && scope.within === null;
}

/** The best texts of one expression. @param most texts taken */
export function candidatesOf(database: Database, fts: string, scope: SearchScope, most: number): Candidates {
  if (!isWhole(scope)) {
    const rows = database
      .query<{ id: number; seen: number }, [string, number, ...ScopeValues, number]>(
        `SELECT id, count(*) OVER () AS seen FROM (
           SELECT f.rowid AS id, bm25(full_text) AS score FROM full_text f CROSS JOIN segment_text t ON t.id = f.rowid
           WHERE full_text MATCH ?1 AND ${IN_SCOPE} LIMIT ?2)
         ORDER BY score, id LIMIT ?7`,
      )
      .all(fts, RANKED_TEXTS + 1, ...scopeValues(scope), most);
    const seen = rows[0]?.seen ?? 0;
    const isSampled = seen > RANKED_TEXTS;
    return {
      ids: rows.map((row) => row.id),
      isSampled,
      isCut: seen > rows.length,
      total: { texts: Math.min(seen, RANKED_TEXTS), isAtLeast: isSampled },
    };
  }
  const total = countTexts(database, fts, scope);
  const { texts } = total;
  // Every so manieth text: rows of one book stand together, so this takes of each book what it has.
  const step = Math.max(1, Math.ceil(texts / RANKED_TEXTS));
  const rows = database
    .query<{ id: number }, [string, number, number]>(
      `SELECT id FROM (SELECT rowid AS id, bm25(full_text) AS score FROM full_text
         WHERE full_text MATCH ?1 AND rowid % ?2 = 0 LIMIT -1)
       ORDER BY score, id LIMIT ?3`,
    )
    .all(fts, step, most);
  return { ids: rows.map((row) => row.id), isSampled: step > 1, isCut: texts > rows.length, total };
}

/** How many texts match. */
export function countTexts(database: Database, fts: string, scope: SearchScope): TextCount {
  const row = isWhole(scope)
    ? database
        .query<{ texts: number }, [string, number]>(
          "SELECT count(*) AS texts FROM (SELECT 1 FROM full_text WHERE full_text MATCH ?1 LIMIT ?2)",
        )
        .get(fts, COUNTED_TEXTS)
    : database
        .query<{ texts: number }, [string, number, ...ScopeValues]>(
          `SELECT count(*) AS texts FROM (SELECT 1 FROM full_text f CROSS JOIN segment_text t ON t.id = f.rowid
             WHERE full_text MATCH ?1 AND ${IN_SCOPE} LIMIT ?2)`,
        )
        .get(fts, RANKED_TEXTS, ...scopeValues(scope));
  const texts = row?.texts ?? 0;
  return { texts, isAtLeast: texts >= (isWhole(scope) ? COUNTED_TEXTS : RANKED_TEXTS) };
}
