import type { Database } from "bun:sqlite";
import { formatRange, parseRef, pathToBytes, type ChunkLine, type Language, type Leaf, type Path } from "@sofer/core";
import { cleanText } from "@sofer/text";
import { citationIndex, type CitedLeaf } from "./cited-books.ts";
import { contentOf, type ChunkRow } from "./dump-chunks.ts";
import { after } from "./place-range.ts";
import { storedBook } from "./read-books.ts";
import { languageOf, leafOf } from "./rows.ts";

/** A stretch of one leaf that a ref names. */
export interface Place {
  readonly title: string;
  readonly nodeId: number;
  readonly leaf: Leaf;
  /** Both inclusive, with all that they contain; empty: the whole leaf. */
  readonly from: Path;
  readonly to: Path;
  /** The ref as the library writes it. */
  readonly ref: string;
}

export interface TextOfVersion {
  readonly language: Language;
  readonly versionTitle: string;
  readonly license: string;
  readonly text: string;
}

/** With the text as it reads: without markup, footnotes apart, niqqud kept. */
export interface ReadableText extends TextOfVersion {
  readonly plain: string;
}

export interface SegmentAt {
  readonly ref: string;
  readonly heRef: string | null;
  readonly texts: readonly ReadableText[];
}

export interface SegmentPage {
  readonly items: readonly SegmentAt[];
  /** Where the next page begins, in hex; null: this was the last. */
  readonly next: string | null;
}

/** Finds places by their refs, as people and links write them; the index over the books is made once for each state. */
export class PlaceReader {
  readonly #database: Database;
  #index: ReturnType<typeof citationIndex> | null = null;
  #madeOf = "";

  constructor(database: Database) {
    this.#database = database;
  }

  /** null: no book of the library has such a place. */
  find(ref: string): Place | null {
    const cited = this.#current().find(ref);
    if (!("none" in cited)) return this.#placed(cited.at, cited.from, cited.to);
    return this.#findHebrew(ref);
  }

  /** Citations know English names; a Hebrew one begins with the Hebrew title of its book, the longest that fits. */
  #findHebrew(ref: string): Place | null {
    const books = this.#database
      .query<{ id: number }, [string]>(
        `SELECT id FROM book WHERE he_title <> '' AND substr(?1, 1, length(he_title)) = he_title
         ORDER BY length(he_title) DESC LIMIT 5`,
      )
      .all(ref);
    for (const { id } of books) {
      const book = storedBook(this.#database, id);
      const leaves = book.leaves.map(({ leaf }) => leaf);
      const { title, heTitle, isComplex } = book;
      const parsed = parseRef(ref, { title, heTitle, isComplex, leaves, virtualNodes: [] });
      const found = parsed === null ? undefined : book.leaves.find(({ leaf }) => leaf === parsed.leaf);
      if (parsed !== null && found !== undefined) return this.#placed(found, parsed.from, parsed.to);
    }
    return null;
  }

  #placed({ nodeId, leaf }: CitedLeaf, from: Path, to: Path): Place {
    const row = this.#database
      .query<{ title: string }, [number]>("SELECT b.title FROM node n JOIN book b ON b.id = n.book_id WHERE n.id = ?")
      .get(nodeId);
    return { title: row?.title ?? leaf.title, nodeId, leaf, from, to, ref: formatRange(leaf, from, to) };
  }

  #current(): ReturnType<typeof citationIndex> {
    const madeOf = this.#database
      .query<{ print: string }, []>(
        `SELECT (SELECT count(*) || ':' || coalesce(max(checked_at), 0) || ':' || coalesce(max(id), 0) FROM book)
           || ':' || (SELECT coalesce(max(id), 0) FROM node) AS print`,
      )
      .get();
    if (this.#index === null || madeOf?.print !== this.#madeOf) {
      this.#index = citationIndex(this.#database);
      this.#madeOf = madeOf?.print ?? "";
    }
    return this.#index;
  }
}

/** Segments of a stretch in reading order, each with its texts. @param from hex of the page before, where it ended */
export function segmentsAt(
  database: Database,
  { nodeId, from, to }: Place,
  filter: { readonly limit: number; readonly next?: string; readonly language?: Language },
): SegmentPage {
  const first = Buffer.from(pathToBytes(from));
  const asked = filter.next === undefined ? first : Buffer.from(filter.next, "hex");
  const start = Buffer.compare(asked, first) < 0 ? first : asked;
  const rows = database
    .query<
      { id: number; path: Uint8Array; ref: string; heRef: string | null },
      [number, Uint8Array, Uint8Array, number]
    >(
      `SELECT s.id, s.path, s.ref, s.he_ref AS heRef FROM segment s
       WHERE s.node_id = ?1 AND s.path >= ?2 AND s.path < ?3
         AND EXISTS (SELECT 1 FROM segment_text t WHERE t.segment_id = s.id)
       ORDER BY s.path LIMIT ?4`,
    )
    .all(nodeId, start, after(to), filter.limit + 1);
  const find = database.query<Omit<TextOfVersion, "language"> & { readonly language: string }, [number, string | null]>(
    `SELECT v.language, v.version_title AS versionTitle, v.license, t.text
     FROM segment_text t JOIN version v ON v.id = t.version_id
     WHERE t.segment_id = ?1 AND (?2 IS NULL OR v.language = ?2) ORDER BY v.language DESC, v.version_title`,
  );
  const items = rows.slice(0, filter.limit).map(({ id, ref, heRef }) => ({
    ref,
    heRef,
    texts: find.all(id, filter.language ?? null).map((row) => ({
      ...row,
      language: languageOf(row.language),
      plain: cleanText(row.text).text,
    })),
  }));
  const more = rows[filter.limit];
  return { items, next: more === undefined ? null : Buffer.from(more.path).toString("hex") };
}

export type ChunkAt = Omit<ChunkLine, "heTitle" | "categories" | "versionSource">;

/** Chunks that hold something of a stretch, in reading order. */
export function chunksAt(
  database: Database,
  { nodeId, from, to, title }: Place,
  filter: { readonly limit: number; readonly profile?: string },
): { readonly items: readonly ChunkAt[]; readonly isCut: boolean } {
  type Row = ChunkRow & { language: string; versionTitle: string; license: string; leaf: string };
  const rows = database
    .query<Row, [number, Uint8Array, Uint8Array, string | null, number]>(
      `SELECT c.id, c.key, c.profile, c.first_path, c.part, c.tokens, v.language, v.version_title AS versionTitle,
         v.license, n.leaf
       FROM (SELECT DISTINCT p.chunk_id AS id FROM segment s
         JOIN segment_text t ON t.segment_id = s.id JOIN span p ON p.segment_text_id = t.id
         WHERE s.node_id = ?1 AND s.path >= ?2 AND s.path < ?3) found
       JOIN chunk c ON c.id = found.id JOIN version v ON v.id = c.version_id JOIN node n ON n.id = c.node_id
       WHERE ?4 IS NULL OR c.profile = ?4
       ORDER BY v.language DESC, v.version_title, c.profile, c.first_path, c.part LIMIT ?5`,
    )
    .all(nodeId, pathToBytes(from), after(to), filter.profile ?? null, filter.limit + 1);
  const items = rows.slice(0, filter.limit).map((row) => ({
    id: row.key,
    profile: row.profile,
    title,
    language: languageOf(row.language),
    versionTitle: row.versionTitle,
    license: row.license,
    ...contentOf(database, nodeId, leafOf(row.leaf), row),
  }));
  return { items, isCut: rows.length > filter.limit };
}
