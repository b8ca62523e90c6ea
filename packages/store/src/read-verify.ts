import type { Database } from "bun:sqlite";
import type { VersionKey } from "@sofer/core";
import type { LeafSpan, StoredTexts, Strays } from "./api.ts";
import { languageOf } from "./rows.ts";

/** What verification asks beside the texts themselves. */

/** Which versions have texts in which leaf, whether or not a holding says so. */
export function storedTextsOf(database: Database, title: string): StoredTexts[] {
  return database
    .query<{ nodeId: number; language: string; versionTitle: string; texts: number }, [string]>(
      `SELECT s.node_id AS nodeId, v.language, v.version_title AS versionTitle, count(*) AS texts
       FROM book b JOIN version v ON v.book_id = b.id
       JOIN segment_text t ON t.version_id = v.id JOIN segment s ON s.id = t.segment_id
       WHERE b.title = ? GROUP BY s.node_id, v.id ORDER BY s.node_id, v.language, v.version_title`,
    )
    .all(title)
    .map(({ nodeId, texts, ...key }) => ({
      nodeId,
      texts,
      version: { language: languageOf(key.language), versionTitle: key.versionTitle },
    }));
}

/** Spans of one version's chunks in a leaf, in reading order for each profile; a chunk without any has one of nulls. */
export function leafSpansOf(database: Database, nodeId: number, key: VersionKey): LeafSpan[] {
  return database
    .query<LeafSpan, [string, string, number]>(
      `SELECT c.id AS chunk, c.profile, p.segment_text_id AS segmentTextId, p.start, p."end"
       FROM node n
       JOIN version v ON v.book_id = n.book_id AND v.language = ? AND v.version_title = ?
       JOIN chunk c ON c.node_id = n.id AND c.version_id = v.id
       LEFT JOIN span p ON p.chunk_id = c.id
       WHERE n.id = ? ORDER BY c.profile, c.first_path, c.part, p.ord`,
    )
    .all(key.language, key.versionTitle, nodeId);
}

/** Which of these texts the full-text index does not have. */
export function unindexedOf(database: Database, segmentTextIds: readonly number[]): number[] {
  const find = database.query<{ id: number }, [number]>("SELECT id FROM full_text_docsize WHERE id = ?");
  return segmentTextIds.filter((id) => find.get(id) === null);
}

const STRAYS = {
  texts: `FROM segment_text WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE s.id = segment_id)
    OR NOT EXISTS (SELECT 1 FROM version v WHERE v.id = version_id)`,
  spans: "FROM span WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = chunk_id)",
  indexRows: "FROM full_text_docsize d WHERE NOT EXISTS (SELECT 1 FROM segment_text t WHERE t.id = d.id)",
} as const;

/**
 * What finds out in a third of the time whether there is any stray at all: small indexes are read in their own order,
 * the pages with the texts not at all, and a chunk is looked up once for all its spans.
 */
const SIGNS: Readonly<Record<keyof typeof STRAYS, readonly string[]>> = {
  texts: [
    "SELECT count(*) AS count FROM segment_text t LEFT JOIN segment s ON s.id = t.segment_id WHERE s.id IS NULL",
    `SELECT (SELECT count(*) FROM segment_text)
       - (SELECT count(*) FROM version v CROSS JOIN segment_text t ON t.version_id = v.id) AS count`,
  ],
  spans: [
    `SELECT count(*) AS count FROM (SELECT chunk_id FROM span GROUP BY chunk_id) p
     WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = p.chunk_id)`,
  ],
  indexRows: [
    `SELECT (SELECT count(*) FROM full_text_docsize)
       - (SELECT count(*) FROM segment_text t CROSS JOIN full_text_docsize d ON d.id = t.id) AS count`,
  ],
};

/**
 * Rows that point nowhere: no reader of ours sees them, and a new row may take the id that they name. A span whose text
 * is gone is seen with its chunk.
 */
export function strayCounts(database: Database): Strays {
  const value = (sql: string) => database.query<{ count: number }, []>(sql).get()?.count ?? 0;
  const count = (rows: keyof typeof STRAYS) =>
    SIGNS[rows].some((sql) => value(sql) !== 0) ? value(`SELECT count(*) AS count ${STRAYS[rows]}`) : 0;
  return { texts: count("texts"), spans: count("spans"), indexRows: count("indexRows") };
}

/** Removes them, and spans whose text is gone. */
export function removeStrays(database: Database): void {
  database.run(`DELETE ${STRAYS.spans}`);
  // A span that names a stray text goes before it, or the text could not.
  database.run(
    `DELETE FROM span WHERE segment_text_id IN (SELECT id ${STRAYS.texts})
     OR NOT EXISTS (SELECT 1 FROM segment_text t WHERE t.id = segment_text_id)`,
  );
  database.run(`DELETE ${STRAYS.texts}`);
  const remove = database.query("DELETE FROM full_text WHERE rowid = ?");
  for (const { id } of database.query<{ id: number }, []>(`SELECT d.id ${STRAYS.indexRows}`).all()) remove.run(id);
}
