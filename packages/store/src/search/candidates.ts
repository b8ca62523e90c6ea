import type { Database } from "bun:sqlite";
import type { SearchScope } from "./filters.ts";
import { estimateMatches, sampleMatches } from "./windows.ts";

/**
 * Texts that the index ranks, at most, for one expression; of more, an even sample is ranked. FTS5's bm25 takes 1 us for
 * each, and there are queries (the, of) that a quarter of all texts match.
 */
const RANKED_TEXTS = 10_000;
/** Matches that are looked at before "at least" is said: 0.05 us each, of two common words twice as long. */
const COUNTED_TEXTS = 100_000;
/**
 * bm25 goes through the whole list of each word to know how rare it is, 0.05 us for each text of it. Where that is more
 * than 5 ms bm25 is not asked: of a sample the shortest texts are taken, which is what bm25 prefers when each word stands
 * there once.
 */
const WEIGHED_TEXTS = 100_000;
const SAMPLED_TEXTS = 3_000;
/** Of a list that is put together anew each time it is asked, one in so many is taken when there are too many to look at. */
const STAR_STEP = 64;

/** What it takes to rank by an expression. */
export interface Weight {
  /** Texts that have its words, word by word. */
  readonly texts: number;
  /** A word of it has a star: its list is put together from those of many words each time it is asked. */
  readonly hasStar: boolean;
  /** A word that all of its texts have, without alternatives: windows on its list cost little. */
  readonly isOneList: boolean;
}

export interface Candidates {
  /** segment_text ids: all, or the best by bm25, or the shortest of a sample. */
  readonly ids: readonly number[];
  /** There were more to rank than were ranked. */
  readonly isSampled: boolean;
  /** There were more than were taken. */
  readonly isCut: boolean;
  /** Too many texts have the words for bm25. */
  readonly isUnweighed: boolean;
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

/**
 * The best texts of one expression. Of more than can be ranked every so manieth is: rows of one book stand together, so
 * that takes of each book what it has.
 * @param most texts taken
 */
export function candidatesOf(
  database: Database,
  fts: string,
  weight: Weight,
  scope: SearchScope,
  most: number,
): Candidates {
  if (!isWhole(scope)) return candidatesInScope(database, fts, scope, most);
  const { ids, isAll } = matchesOf(database, fts, weight);
  const texts = isAll ? ids.length : COUNTED_TEXTS;
  const total: TextCount = { texts, isAtLeast: !isAll };
  // All will be read, and ranked by what they say.
  if (isAll && texts <= most) return { ids, isSampled: false, isCut: false, isUnweighed: false, total };
  if (isAll && !weight.hasStar && weight.texts <= WEIGHED_TEXTS) {
    const step = stepOver(texts);
    return { ids: bestMatches(database, fts, step, most), isSampled: step > 1, isCut: true, isUnweighed: false, total };
  }
  const step = Math.ceil(ids.length / SAMPLED_TEXTS);
  const sample = step > 1 ? ids.filter((_, index) => index % step === 0) : ids;
  return {
    ids: shortest(database, sample, most),
    isSampled: !isAll || step > 1,
    isCut: true,
    isUnweighed: true,
    total,
  };
}

/** All texts that match, in their order, or an even sample of those that are too many to look at. */
function matchesOf(
  database: Database,
  fts: string,
  { texts, hasStar, isOneList }: Weight,
): { readonly ids: readonly number[]; readonly isAll: boolean } {
  // Its beginning alone stands in more texts than are looked at.
  const isBeyond = texts > COUNTED_TEXTS;
  if (!(isBeyond && (hasStar || isOneList))) {
    const ids = database
      .query<{ id: number }, [string, number]>("SELECT rowid AS id FROM full_text WHERE full_text MATCH ? LIMIT ?")
      .values(fts, COUNTED_TEXTS)
      .map(([id]) => Number(id));
    if (ids.length < COUNTED_TEXTS) return { ids, isAll: true };
  }
  if (!hasStar) {
    return { ids: sampleMatches(database, fts, estimateMatches(database, fts), SAMPLED_TEXTS), isAll: false };
  }
  const sample = database.query<{ id: number }, [string, number]>(
    "SELECT rowid AS id FROM full_text WHERE full_text MATCH ? AND rowid % ? = 0",
  );
  return { ids: sample.all(fts, STAR_STEP).map(({ id }) => id), isAll: false };
}

function bestMatches(database: Database, fts: string, step: number, most: number): number[] {
  return database
    .query<{ id: number }, [string, number, number]>(
      `SELECT id FROM (SELECT rowid AS id, bm25(full_text) AS score FROM full_text
         WHERE full_text MATCH ?1 AND rowid % ?2 = 0 LIMIT -1)
       ORDER BY score, id LIMIT ?3`,
    )
    .all(fts, step, most)
    .map((row) => row.id);
}

/** The index keeps each text's number of words as a varint: of two that take as many bytes, the smaller one sorts first. */
function shortest(database: Database, ids: readonly number[], most: number): number[] {
  return database
    .query<{ id: number }, [string, number]>(
      `SELECT d.id FROM json_each(?) j CROSS JOIN full_text_docsize d ON d.id = j.value
       ORDER BY length(d.sz), d.sz, d.id LIMIT ?`,
    )
    .all(JSON.stringify(ids), most)
    .map(({ id }) => id);
}

function stepOver(texts: number): number {
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
  if (isSampled) rows = ranked(stepOver(countMatches(database, fts)));
  return {
    ids: rows.map((row) => row.id),
    isSampled,
    isCut: seen > rows.length,
    isUnweighed: false,
    total: { texts: Math.min(seen, RANKED_TEXTS), isAtLeast: isSampled },
  };
}

/** How many texts match, whatever their version and place: that is what a sample in a scope is spaced by. */
function countMatches(database: Database, fts: string): number {
  const count = database.query<{ texts: number }, [string]>(
    "SELECT count(*) AS texts FROM full_text WHERE full_text MATCH ?",
  );
  return count.get(fts)?.texts ?? 0;
}
