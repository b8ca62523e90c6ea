import type { Database } from "bun:sqlite";
import {
  compareCodePoints,
  formatRange,
  heLabel,
  addressTypeAt,
  formatHeRef,
  pathFromBytes,
  sectionNumbers,
  type ChunkLine,
  type Leaf,
  type Path,
} from "@sofer/core";
import { cleanText, normaliseForSearch, rebuildChunkText } from "@sofer/text";
import type { Drizzle } from "./drizzle.ts";
import { bookIds, bookVersions, storedBook } from "./read-books.ts";
import { pageUrl } from "./page-url.ts";
import { linksTouching } from "./touching-links.ts";

/** Chunks per page: at most some hundred KB of text each way. */
const PAGE_ROWS = 200;

export interface ChunkRow {
  readonly id: number;
  readonly key: string;
  readonly profile: string;
  readonly first_path: Uint8Array;
  readonly part: number;
  readonly tokens: number;
}

export interface SpanRow {
  readonly ref: string;
  readonly path: Uint8Array;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Every chunk in reading order (as segments; inside a version by profile, then place), its text rebuilt from its spans. */
export function* chunkLines(
  database: Database,
  drizzle: Drizzle,
  filter: { titles?: readonly string[]; profile?: string },
): Generator<ChunkLine> {
  for (const { book, nodeId, leaf, version, row } of chunkRows(database, drizzle, filter)) {
    yield {
      id: row.key,
      profile: row.profile,
      title: book.title,
      heTitle: book.heTitle,
      categories: book.categories,
      language: version.language,
      versionTitle: version.versionTitle,
      license: version.license,
      versionSource: version.versionSource,
      ...contentOf(database, nodeId, leaf, row),
    };
  }
}

/** Chunks in that order, with where they stand; their content is the caller's to read. */
export function* chunkRows(
  database: Database,
  drizzle: Drizzle,
  filter: { titles?: readonly string[]; profile?: string },
) {
  const page = database.query<ChunkRow, [number, number, string, string, Uint8Array | string, number, number]>(
    `SELECT id, key, profile, first_path, part, tokens FROM chunk
     WHERE node_id = ?1 AND version_id = ?2 AND (?3 = '' OR profile = ?3) AND (profile, first_path, part) > (?4, ?5, ?6)
     ORDER BY profile, first_path, part LIMIT ?7`,
  );
  for (const bookId of bookIds(drizzle, filter.titles)) {
    const book = storedBook(database, bookId);
    const versions = bookVersions(database, bookId);
    for (const { nodeId, leaf } of book.leaves) {
      for (const version of versions) {
        let last: ChunkRow | undefined;
        do {
          const rows: ChunkRow[] = page.all(
            nodeId,
            version.id,
            filter.profile ?? "",
            last?.profile ?? "",
            last?.first_path ?? "",
            last?.part ?? 0,
            PAGE_ROWS,
          );
          for (const row of rows) yield { book, nodeId, leaf, version, row };
          last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
        } while (last !== undefined);
      }
    }
  }
}

export function spansOf(database: Database, chunkId: number): SpanRow[] {
  return database
    .query<SpanRow, [number]>(
      `SELECT s.ref, s.path, t.text, p.start, p."end" FROM span p
       JOIN segment_text t ON t.id = p.segment_text_id JOIN segment s ON s.id = t.segment_id
       WHERE p.chunk_id = ? ORDER BY p.ord`,
    )
    .all(chunkId);
}

export function textOf(spans: readonly Pick<SpanRow, "text" | "start" | "end">[]): string {
  return rebuildChunkText(spans.map((span) => cleanText(span.text).text.slice(span.start, span.end)));
}

export function contentOf(database: Database, nodeId: number, leaf: Leaf, row: ChunkRow) {
  const spans = spansOf(database, row.id);
  const text = textOf(spans);
  const first = pathFromBytes(row.first_path);
  const lastPath = spans.at(-1)?.path;
  const last = lastPath === undefined ? first : pathFromBytes(lastPath);
  const ref = formatRange(leaf, first, last);
  return {
    ref,
    heRef: heRange(leaf, first, last),
    refs: [...new Set(spans.map((span) => span.ref))],
    spans: spans.map((span) => ({ ref: span.ref, start: span.start, end: span.end })),
    links: linksOf(database, nodeId, first, last),
    text,
    // The text is clean already: what looks like a tag in it was an entity.
    searchText: normaliseForSearch(text),
    tokens: row.tokens,
    url: pageUrl(leaf, ref),
  };
}

/** Hebrew of formatRange: collapsed after the first part that differs; null where a label cannot be written. */
function heRange(leaf: Leaf, from: Path, to: Path): string | null {
  const start = formatHeRef(leaf, from);
  const labels = (path: Path) => sectionNumbers(leaf, path).map((n, level) => heLabel(addressTypeAt(leaf, level), n));
  const begin = labels(from);
  const end = labels(to);
  const differs = begin.findIndex((part, level) => part !== end[level]);
  if (start === null || end.includes(null)) return null;
  return differs < 0 ? start : `${start}-${end.slice(differs).join(":")}`;
}

/** The other sides of the links that touch the stretch, each with its type once, by ref. */
function linksOf(database: Database, nodeId: number, first: Path, last: Path): { ref: string; type: string }[] {
  const links = linksTouching(database, nodeId, first, last).toSorted(
    (a, b) => compareCodePoints(a.ref, b.ref) || compareCodePoints(a.type, b.type),
  );
  return links
    .filter(({ ref, type }, index) => ref !== links[index - 1]?.ref || type !== links[index - 1]?.type)
    .map(({ ref, type }) => ({ ref, type }));
}
