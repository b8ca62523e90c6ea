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

const WHOLE: SearchScope = { versionIds: null, within: null, isEmpty: false };

function isWhole(scope: SearchScope): boolean {
  return scope.versionIds === null && scope.within === null;
}

/**
 * The best texts of one expression. Of more than can be ranked every so manieth is: rows of one book stand together, so
 * that takes of each book what it has.
 * @param most texts taken
 */
export function candidatesOf(database: Database, fts: string, scope: SearchScope, most: number): Candidates {
  if (!isWhole(scope)) return candidatesInScope(database, fts, scope, most);
  const total = countTexts(database, fts, scope);
  const step = stepOver(total);
  const ids = database
    .query<{ id: number }, [string, number, number]>(
      `SELECT id FROM (SELECT rowid AS id, bm25(full_text) AS score FROM full_text
         WHERE full_text MATCH ?1 AND rowid % ?2 = 0 LIMIT -1)
       ORDER BY score, id LIMIT ?3`,
    )
    .all(fts, step, most)
    .map((row) => row.id);
  return { ids, isSampled: step > 1, isCut: total.texts > ids.length, total };
}

function stepOver({ texts }: TextCount): number {
  return Math.max(1, Math.ceil(texts / RANKED_TEXTS));
}

/** The same under filters: how many match is known only when each has been looked at. */
function candidatesInScope(database: Database, fts: string, scope: SearchScope, most: number): Candidates {
  const find = database.query<{ id: number; seen: number }, [string, number, ...ScopeValues, number, number]>(
    `SELECT id, count(*) OVER () AS seen FROM (
       SELECT f.rowid AS id, bm25(full_text) AS score FROM full_text f CROSS JOIN segment_text t ON t.id = f.rowid
       WHERE full_text MATCH ?1 AND f.rowid % ?8 = 0 AND ${IN_SCOPE} LIMIT ?2)
     ORDER BY score, id LIMIT ?7`,
  );
  const ranked = (step: number) => find.all(fts, RANKED_TEXTS + 1, ...scopeValues(scope), most, step);
  let rows = ranked(1);
  const seen = rows[0]?.seen ?? 0;
  const isSampled = seen > RANKED_TEXTS;
  if (isSampled) rows = ranked(stepOver(countTexts(database, fts, WHOLE)));
  return {
    ids: rows.map((row) => row.id),
    isSampled,
    isCut: seen > rows.length,
    total: { texts: Math.min(seen, RANKED_TEXTS), isAtLeast: isSampled },
  };
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
