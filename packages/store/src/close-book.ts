import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import { NO_CHANGES, slotCount, versionId, type BookSettlement, type Changes, type ListedObject } from "@sofer/core";
import type { BookClose } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { writeSettlement } from "./holdings.ts";
import { bookVersions } from "./read-books.ts";
import { nodeIdsOf, replaceBook, requireBook, writeStaged } from "./replace-book.ts";
import { finishUnit } from "./run-log.ts";
import { book, node } from "./schema.ts";
import { forgetObjects, saveSchemaObject, saveTextObject } from "./source-objects.ts";
import { clearStaged } from "./staging.ts";
import { removeEmptyVersions, removeVersion } from "./versions.ts";
import { writeOutline } from "./write-outline.ts";

/**
 * Makes a book by the bucket whole, inside the caller's transaction: settlements, shapes and the ledger of its objects.
 * When the book was there before, this is the flip: its waiting parcels take the place of what they replace, texts of
 * versions that are not kept go, and chunks and index follow, so that a reader sees the old book or the new one.
 * @throws `too-many-vanish`: the caller's transaction is rolled back and the old book stays.
 */
export function closeBook(database: Database, drizzle: Drizzle, close: BookClose, now: number): Changes {
  const write = () => writeBook(database, drizzle, close, now);
  if (close.isRefresh) return replaceBook(database, drizzle, close, write);
  removeEmptyVersions(drizzle, write());
  return NO_CHANGES;
}

/** @returns the book's id */
function writeBook(database: Database, drizzle: Drizzle, close: BookClose, now: number): number {
  const { settlement, outline } = close;
  if (outline !== null) writeOutline(database, drizzle, outline.outline, outline.position, now);
  const bookId = requireBook(drizzle, close.title);
  const nodeIds = nodeIdsOf(drizzle, close.leaves);
  if (close.isRefresh) writeStaged(database, drizzle, close.runId, close.unitId, nodeIds, now);
  settleLeaves(database, drizzle, bookId, settlement, nodeIds, now);
  writeLedger(drizzle, bookId, close.schema, settlement, now);
  forgetObjects(drizzle, bookId, close.gone);
  drizzle.update(book).set({ checkedAt: now }).where(eq(book.id, bookId)).run();
  clearStaged(drizzle, close.runId, close.unitId);
  const { runId, unitId, title, requests, bytes } = close;
  finishUnit(drizzle, { runId, unitId, title, requests, bytes, settlement: null }, now);
  return bookId;
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
      if (!kept.has(versionId(row))) removeVersion(database, drizzle, nodeId, row.id);
    }
    const shape = { shape: JSON.stringify(leaf.shape), slots: slotCount(leaf.shape) };
    drizzle.update(node).set(shape).where(eq(node.id, nodeId)).run();
    writeSettlement(drizzle, { ...leaf, nodeId }, now);
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
