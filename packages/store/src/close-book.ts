import type { Database } from "bun:sqlite";
import { and, eq } from "drizzle-orm";
import {
  NO_CHANGES,
  slotCount,
  SoferError,
  versionId,
  type BookSettlement,
  type Changes,
  type ListedObject,
} from "@sofer/core";
import { chunkLeaf, CHUNKING } from "@sofer/text";
import type { BookClose } from "./api.ts";
import { bookTexts, compareBooks } from "./book-texts.ts";
import { requireConserved } from "./conserved.ts";
import type { Drizzle } from "./drizzle.ts";
import { indexBook } from "./full-text.ts";
import { writeSettlement } from "./holdings.ts";
import { markChunked, writeChunks } from "./leaf-chunks.ts";
import { placeRange } from "./place-range.ts";
import { bookVersions, textsOf } from "./read-books.ts";
import { unchunkedRows } from "./read-state.ts";
import { leafOf } from "./rows.ts";
import { finishUnit } from "./run-log.ts";
import { book, chunk, chunked, holding, node, segmentText, version } from "./schema.ts";
import { forgetObjects, saveSchemaObject, saveTextObject } from "./source-objects.ts";
import { clearStaged, stagedParcels } from "./staging.ts";
import { writeParcel } from "./write-parcel.ts";
import { removeVersionTexts, writeOutline } from "./write-outline.ts";

/**
 * Makes a book whole, inside the caller's transaction: settlements, shapes and the ledger of its objects. When the
 * book was there before, this is the flip: its waiting parcels take the place of what they replace, texts of versions
 * that are not kept go, and chunks and index follow, so that a reader sees the old book or the new one.
 * @throws `too-many-vanish`: the caller's transaction is rolled back and the old book stays.
 */
export function closeBook(database: Database, drizzle: Drizzle, close: BookClose, now: number): Changes {
  const { settlement, outline } = close;
  const before = close.isRefresh ? bookTexts(database, close.title) : null;
  if (outline !== null) writeOutline(database, drizzle, outline.outline, outline.position, now);
  const { id: bookId } = drizzle.select({ id: book.id }).from(book).where(eq(book.title, close.title)).get() ?? {};
  if (bookId === undefined) throw new SoferError("internal", `the library has no book ${close.title}`);
  const nodeIds = nodeIdsOf(drizzle, close);
  if (close.isRefresh) {
    for (const parcel of stagedParcels(drizzle, close.runId, close.unitId)) {
      requireConserved(parcel);
      writeParcel(database, drizzle, { ...parcel, nodeId: nodeIds(parcel.nodeId) }, now);
    }
  }
  settleLeaves(database, drizzle, bookId, settlement, nodeIds, now);
  removeEmptyVersions(drizzle, bookId);
  writeLedger(drizzle, bookId, close.schema, settlement, now);
  forgetObjects(drizzle, bookId, close.gone);
  drizzle.update(book).set({ checkedAt: now }).where(eq(book.id, bookId)).run();
  clearStaged(drizzle, close.runId, close.unitId);
  const { runId, unitId, title, requests, bytes } = close;
  finishUnit(drizzle, { runId, unitId, title, requests, bytes, settlement: null }, now);
  if (before === null) return NO_CHANGES;
  chunkBook(database, drizzle, close.title);
  indexBook(database, bookId);
  const compared = compareBooks(before, bookTexts(database, close.title));
  requireFewVanish(close, compared);
  return compared.changes;
}

/** Leaves that the library did not have when the book was planned got their ids from the outline just written. */
function nodeIdsOf(drizzle: Drizzle, close: BookClose): (nodeId: number) => number {
  const titles = new Map(close.leaves.map((leaf) => [leaf.nodeId, leaf.title]));
  return (nodeId) => {
    if (nodeId >= 0) return nodeId;
    const title = titles.get(nodeId) ?? "";
    const row = drizzle.select({ id: node.id }).from(node).where(eq(node.title, title)).get();
    if (row === undefined) throw new SoferError("internal", `the library has no leaf "${title}"`);
    return row.id;
  };
}

function settleLeaves(
  database: Database,
  drizzle: Drizzle,
  bookId: number,
  settlement: BookSettlement,
  nodeIds: (nodeId: number) => number,
  now: number,
): void {
  const versions = bookVersions(drizzle, bookId);
  for (const leaf of settlement.leaves) {
    const nodeId = nodeIds(leaf.nodeId);
    const kept = new Set(leaf.kept);
    for (const row of versions) {
      if (kept.has(versionId(row))) continue;
      removeVersionTexts(database, nodeId, row.id);
      for (const table of [holding, chunked])
        drizzle
          .delete(table)
          .where(and(eq(table.nodeId, nodeId), eq(table.versionId, row.id)))
          .run();
    }
    const shape = { shape: JSON.stringify(leaf.shape), slots: slotCount(leaf.shape) };
    drizzle.update(node).set(shape).where(eq(node.id, nodeId)).run();
    writeSettlement(drizzle, { ...leaf, nodeId }, now);
  }
}

/** A version that holds nothing in any leaf of its book is not one the library has. */
export function removeEmptyVersions(drizzle: Drizzle, bookId: number): void {
  for (const { id } of bookVersions(drizzle, bookId)) {
    const isHeld = [holding, segmentText, chunk].some(
      (table) =>
        drizzle.select({ id: table.versionId }).from(table).where(eq(table.versionId, id)).limit(1).get() !== undefined,
    );
    if (!isHeld) drizzle.delete(version).where(eq(version.id, id)).run();
  }
}

function writeLedger(
  drizzle: Drizzle,
  bookId: number,
  schema: ListedObject,
  settlement: BookSettlement,
  now: number,
): void {
  saveSchemaObject(drizzle, bookId, schema, now);
  for (const facts of settlement.files) saveTextObject(drizzle, bookId, facts, now);
}

/** Chunks of whatever was touched, from the stored texts: chunks that are the same keep their ids and rows. */
function chunkBook(database: Database, drizzle: Drizzle, title: string): void {
  for (const { nodeId, bookTitle, version: key } of unchunkedRows(database, CHUNKING, title)) {
    const row = drizzle.select({ leaf: node.leaf, bookId: node.bookId }).from(node).where(eq(node.id, nodeId)).get();
    const of = row && bookVersions(drizzle, row.bookId).find((one) => versionId(one) === versionId(key));
    if (row === undefined || of === undefined) continue;
    const { segmentTextIds: ids, paths, texts, tokens } = textsOf(database, nodeId, key);
    const segments = texts.map((raw, index) => ({ path: paths[index] ?? [], raw, tokens: tokens[index] ?? 0 }));
    const drafts = chunkLeaf({ bookTitle, leaf: leafOf(row.leaf), version: key, segments });
    writeChunks(database, nodeId, of.id, placeRange(null), drafts, { ids, paths });
    markChunked(database, nodeId, of.id);
  }
}

/** One segment may always go: of a short book it is more than any percentage. */
function requireFewVanish(close: BookClose, compared: ReturnType<typeof compareBooks>): void {
  const { vanished, segments } = compared;
  if (vanished <= Math.max(1, (segments * close.maxDelete) / 100)) return;
  const percent = Math.ceil((vanished * 1000) / segments) / 10;
  throw new SoferError(
    "too-many-vanish",
    `${close.title}: ${vanished} of ${segments} segments (${percent} %) are not in the source any more; the book was left as it was`,
    { hint: `if that is right, allow it with --max-delete ${Math.ceil(percent)}%` },
  );
}
