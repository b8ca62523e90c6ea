import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import { SoferError, versionId, type Changes } from "@sofer/core";
import { chunkLeaf, CHUNKING, cleanText } from "@sofer/text";
import type { BookClose } from "./api.ts";
import { bookTexts, compareBooks } from "./book-texts.ts";
import { requireConserved } from "./conserved.ts";
import type { Drizzle } from "./drizzle.ts";
import { indexBook } from "./full-text.ts";
import { markChunked, writeChunks } from "./leaf-chunks.ts";
import { placeRange } from "./place-range.ts";
import { bookVersions, textsOf } from "./read-books.ts";
import { unchunkedRows } from "./read-state.ts";
import { leafOf } from "./rows.ts";
import { node } from "./schema.ts";
import { stagedParcels } from "./staging.ts";
import { removeEmptyVersions } from "./versions.ts";
import { writeParcel } from "./write-parcel.ts";

export interface BookReplacement {
  readonly title: string;
  /** Percent of the book's segments that may vanish. */
  readonly maxDelete: number;
}

/**
 * The flip of a book that was there before, inside the caller's transaction: what `write` puts in the place of the old,
 * then chunks and index, then the comparison with what was there.
 * @param write returns the book's id
 * @throws `too-many-vanish`: the caller's transaction is rolled back and the old book stays.
 */
export function replaceBook(
  database: Database,
  drizzle: Drizzle,
  replacement: BookReplacement,
  write: () => number,
): Changes {
  const { title } = replacement;
  const before = bookTexts(database, title);
  const bookId = write();
  removeEmptyVersions(database, bookId);
  chunkBook(database, drizzle, title);
  indexBook(database, bookId);
  const compared = compareBooks(before, bookTexts(database, title));
  requireFewVanish(replacement, compared);
  return compared.changes;
}

export function requireBook(database: Database, title: string): number {
  const row = database.query<{ id: number }, [string]>("SELECT id FROM book WHERE title = ?").get(title);
  if (row === null) throw new SoferError("internal", `the library has no book ${title}`);
  return row.id;
}

export function setChecked(database: Database, bookId: number, now: number): void {
  database.query("UPDATE book SET checked_at = ? WHERE id = ?").run(now, bookId);
}

/** Writes the parcels that a unit staged. */
export function writeStaged(
  database: Database,
  drizzle: Drizzle,
  runId: number,
  unitId: string,
  nodeIds: (nodeId: number) => number,
  now: number,
): void {
  for (const parcel of stagedParcels(drizzle, runId, unitId)) {
    requireConserved(parcel);
    writeParcel(database, { ...parcel, nodeId: nodeIds(parcel.nodeId) }, now);
  }
}

/** Leaves that the library did not have when the book was planned got their ids from the outline just written. */
export function nodeIdsOf(database: Database, leaves: BookClose["leaves"]): (nodeId: number) => number {
  const titles = new Map(leaves.map((leaf) => [leaf.nodeId, leaf.title]));
  return (nodeId) => {
    if (nodeId >= 0) return nodeId;
    const title = titles.get(nodeId) ?? "";
    const row = database.query<{ id: number }, [string]>("SELECT id FROM node WHERE title = ?").get(title);
    if (row === null) throw new SoferError("internal", `the library has no leaf "${title}"`);
    return row.id;
  };
}

/** Chunks of whatever was touched, from the stored texts: chunks that are the same keep their ids and rows. */
function chunkBook(database: Database, drizzle: Drizzle, title: string): void {
  for (const { nodeId, bookTitle, version: key } of unchunkedRows(database, CHUNKING, title)) {
    const row = drizzle.select({ leaf: node.leaf, bookId: node.bookId }).from(node).where(eq(node.id, nodeId)).get();
    const of = row && bookVersions(database, row.bookId).find((one) => versionId(one) === versionId(key));
    if (row === undefined || of === undefined) continue;
    const { segmentTextIds: ids, paths, texts, tokens } = textsOf(database, nodeId, key);
    const segments = texts.map((raw, index) => ({
      path: paths[index] ?? [],
      text: cleanText(raw).text,
      tokens: tokens[index] ?? 0,
    }));
    const drafts = chunkLeaf({ bookTitle, leaf: leafOf(row.leaf), version: key, segments });
    writeChunks(database, nodeId, of.id, placeRange(null), drafts, { ids, paths });
    markChunked(database, nodeId, of.id);
  }
}

/** One segment may always go: of a short book it is more than any percentage. */
function requireFewVanish({ title, maxDelete }: BookReplacement, compared: ReturnType<typeof compareBooks>): void {
  const { vanished, segments } = compared;
  if (vanished <= Math.max(1, (segments * maxDelete) / 100)) return;
  const percent = Math.ceil((vanished * 1000) / segments) / 10;
  throw new SoferError(
    "too-many-vanish",
    `${title}: ${vanished} of ${segments} segments (${percent} %) are not in the source any more; the book was left as it was`,
    { hint: `if that is right, allow it with --max-delete ${Math.ceil(percent)}%` },
  );
}
