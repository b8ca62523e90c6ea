import type { Database } from "bun:sqlite";
import { pathFromBytes, type Language } from "@sofer/core";
import { after } from "../place-range.ts";
import { languageOf, stringsOf } from "../rows.ts";

/** One side of a link, with text. */
export interface LinkedSide {
  readonly ref: string;
  readonly title: string;
  readonly categories: readonly string[];
  readonly nodeId: number;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

export interface LinkedPair {
  readonly type: string;
  readonly sides: readonly [LinkedSide, LinkedSide];
}

/** Links are read so many at a time. */
const PAGE_LINKS = 5_000;

interface PairRow {
  readonly id: number;
  readonly type: string;
  readonly refA: string;
  readonly nodeA: number;
  readonly fromA: Uint8Array;
  readonly toA: Uint8Array;
  readonly titleA: string;
  readonly categoriesA: string;
  readonly refB: string;
  readonly nodeB: number;
  readonly fromB: Uint8Array;
  readonly toB: Uint8Array;
  readonly titleB: string;
  readonly categoriesB: string;
}

/** Links of which both sides lie in text of the library, in the order of their refs. */
export function* linkedPairs(database: Database): Generator<LinkedPair> {
  const page = database.query<PairRow, [number, number]>(
    `SELECT l.id, l.type,
       l.ref_a AS refA, a.node_id AS nodeA, a.from_path AS fromA, a.to_path AS toA, ba.title AS titleA, ba.categories AS categoriesA,
       l.ref_b AS refB, b.node_id AS nodeB, b.from_path AS fromB, b.to_path AS toB, bb.title AS titleB, bb.categories AS categoriesB
     FROM link l
     JOIN link_side a ON a.link_id = l.id AND a.side = 0 AND a.state = 'placed'
     JOIN link_side b ON b.link_id = l.id AND b.side = 1 AND b.state = 'placed'
     JOIN node na ON na.id = a.node_id JOIN book ba ON ba.id = na.book_id
     JOIN node nb ON nb.id = b.node_id JOIN book bb ON bb.id = nb.book_id
     WHERE l.id > ? ORDER BY l.id LIMIT ?`,
  );
  let last = 0;
  for (;;) {
    const rows = page.all(last, PAGE_LINKS);
    for (const row of rows) {
      yield {
        type: row.type,
        sides: [
          side(row.refA, row.titleA, row.categoriesA, row.nodeA, row.fromA, row.toA),
          side(row.refB, row.titleB, row.categoriesB, row.nodeB, row.fromB, row.toB),
        ],
      };
    }
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}

function side(
  ref: string,
  title: string,
  categories: string,
  nodeId: number,
  from: Uint8Array,
  to: Uint8Array,
): LinkedSide {
  return { ref, title, categories: stringsOf(categories), nodeId, from, to };
}

export interface SideText {
  readonly language: Language;
  readonly text: string;
}

/**
 * Texts of the first segments of a side: of each language the version with the greatest priority; of equals the first by
 * title.
 */
export function textsOfSide(database: Database, { nodeId, from, to }: LinkedSide, segments: number): SideText[] {
  const rows = database
    .query<{ segmentId: number; language: string; text: string }, [number, Uint8Array, Uint8Array, number]>(
      `SELECT s.id AS segmentId, v.language, t.text
       FROM (SELECT id, path FROM segment WHERE node_id = ? AND path >= ? AND path < ? ORDER BY path LIMIT ?) s
       JOIN segment_text t ON t.segment_id = s.id JOIN version v ON v.id = t.version_id
       ORDER BY s.path, v.language, v.priority DESC, v.version_title`,
    )
    .all(nodeId, from, after(pathFromBytes(to)), segments);
  return rows
    .filter((row, index) => {
      const before = rows[index - 1];
      return before?.segmentId !== row.segmentId || before.language !== row.language;
    })
    .map((row) => ({ language: languageOf(row.language), text: row.text }));
}
