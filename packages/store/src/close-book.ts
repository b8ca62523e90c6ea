import type { Database } from "bun:sqlite";
import { NO_CHANGES, slotCount, versionId, type BookSettlement, type Changes, type ListedObject } from "@sofer/core";
import type { BookClose } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { writeSettlement } from "./holdings.ts";
import { bookVersions } from "./read-books.ts";
import { nodeIdsOf, replaceBook, requireBook, setChecked, writeStaged } from "./replace-book.ts";
import { finishUnit } from "./run-log.ts";
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
  removeEmptyVersions(database, write());
  return NO_CHANGES;
}

/** @returns the book's id */
function writeBook(database: Database, drizzle: Drizzle, close: BookClose, now: number): number {
  const { settlement, outline } = close;
  if (outline !== null) writeOutline(database, drizzle, outline.outline, outline.position, now);
  const bookId = requireBook(database, close.title);
  const nodeIds = nodeIdsOf(database, close.leaves);
  if (close.isRefresh) writeStaged(database, drizzle, close.runId, close.unitId, nodeIds, now);
  settleLeaves(database, drizzle, bookId, settlement, nodeIds, now);
  writeLedger(database, bookId, close.schema, settlement, now);
  forgetObjects(drizzle, bookId, close.gone);
  setChecked(database, bookId, now);
  clearStaged(database, close.runId, close.unitId);
  const { runId, unitId, title, requests, bytes } = close;
  finishUnit(database, { runId, unitId, title, requests, bytes, settlement: null }, now);
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
  const versions = bookVersions(database, bookId);
  const setShape = database.query("UPDATE node SET shape = ?, slots = ? WHERE id = ?");
  for (const leaf of settlement.leaves) {
    const nodeId = nodeIds(leaf.nodeId);
    const kept = new Set(leaf.kept);
    for (const row of versions) {
      if (!kept.has(versionId(row))) removeVersion(database, drizzle, nodeId, row.id);
    }
    setShape.run(JSON.stringify(leaf.shape), slotCount(leaf.shape), nodeId);
    writeSettlement(database, { ...leaf, nodeId }, now);
  }
}

function writeLedger(
  database: Database,
  bookId: number,
  schema: ListedObject,
  settlement: BookSettlement,
  now: number,
): void {
  saveSchemaObject(database, bookId, schema, now);
  for (const facts of settlement.files) saveTextObject(database, bookId, facts, now);
}
