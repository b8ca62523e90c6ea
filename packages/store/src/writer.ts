import type { Database } from "bun:sqlite";
import { and, eq } from "drizzle-orm";
import { SoferError, type ChunkedParcel, type Leaf, type VersionKey, type VersionMeta } from "@sofer/core";
import type { LibraryWriter } from "./api.ts";
import { connect, requireCurrent } from "./connection.ts";
import { requireConserved } from "./conserved.ts";
import { withLibraryErrors } from "./database-error.ts";
import { drizzleOver, type Drizzle } from "./drizzle.ts";
import { addToIndex } from "./full-text.ts";
import { coversLeaf, settleAsLoser, writeHolding } from "./holdings.ts";
import { allTextsChunked, markChunked, removeChunksOf, unmarkChunked, writeChunks } from "./leaf-chunks.ts";
import { removeTexts, requireStored, writeTexts } from "./leaf-texts.ts";
import { pack } from "./packed.ts";
import { placeRange } from "./place-range.ts";
import { pathsOf, storedBook } from "./read-books.ts";
import { leafOf, shapeOfRow } from "./rows.ts";
import { finishRun, finishUnit, insertEvent, insertRun, insertUnits, writeFailure, writeSplitHint } from "./run-log.ts";
import { chunk, contents, holding, node, segmentText, version } from "./schema.ts";
import { removeVersionTexts, writeOutline } from "./write-outline.ts";

/**
 * Opens an up-to-date library for writing. One at a time: take lockLibrary first, and run migrateLibrary once.
 * Every method is one IMMEDIATE transaction with a synchronous callback: it takes the write lock at its start (a
 * deferred one that turns to writing fails at once when another wrote), and all of its rows are there, or none.
 */
export function openLibraryWriter(path: string): LibraryWriter {
  const database = withLibraryErrors(path, () => {
    const opened = connect(path, "write");
    try {
      requireCurrent(opened, path);
      return opened;
    } catch (thrown) {
      opened.close();
      throw thrown;
    }
  });
  const drizzle = drizzleOver(database);
  const immediate = <T>(work: () => T): T => withLibraryErrors(path, () => database.transaction(work).immediate());
  return {
    path,
    startRun: (settings, now) => immediate(() => insertRun(drizzle, settings, now)),
    endRun: (runId, outcome, receipt, now) => immediate(() => finishRun(drizzle, runId, outcome, receipt, now)),
    saveContents(baseUrl, entries, now) {
      const values = { baseUrl, entries: pack(entries), fetchedAt: now };
      immediate(() =>
        drizzle.insert(contents).values(values).onConflictDoUpdate({ target: contents.baseUrl, set: values }).run(),
      );
    },
    saveOutline: (outline, position, now) =>
      immediate(() => storedBook(database, writeOutline(database, drizzle, outline, position, now))),
    planUnits: (runId, units) => immediate(() => insertUnits(drizzle, runId, units)),
    commitParcel(parcel, now, close) {
      requireConserved(parcel);
      immediate(() => {
        writeParcel(database, drizzle, parcel, now);
        if (close !== undefined) finishUnit(drizzle, close, now);
      });
    },
    closeUnit: (close, now) => immediate(() => finishUnit(drizzle, close, now)),
    dropVersion: (nodeId, key) => immediate(() => dropVersion(database, drizzle, nodeId, key)),
    replaceChunks(nodeId, key, chunks, segmentTextIds, chunking) {
      immediate(() => {
        const versionId = requireVersion(drizzle, nodeId, key);
        const texts = { ids: segmentTextIds, paths: pathsOf(database, segmentTextIds) };
        writeChunks(database, nodeId, versionId, placeRange(null), chunks, texts);
        markChunked(database, nodeId, versionId, chunking);
      });
    },
    saveSplitHint: (hint, now) => immediate(() => writeSplitHint(drizzle, hint, now)),
    failUnit: (runId, unitId, title, place, error, now) =>
      immediate(() => writeFailure(drizzle, runId, unitId, title, place, error, now)),
    recordEvent: (runId, type, body, now) => immediate(() => insertEvent(drizzle, runId, type, body, now)),
    buildIndex: (onSlice) => withLibraryErrors(path, () => addToIndex(database, onSlice)),
    checkpoint() {
      withLibraryErrors(path, () => database.run("PRAGMA wal_checkpoint(TRUNCATE)"));
    },
    close: () => database.close(),
  };
}

function writeParcel(database: Database, drizzle: Drizzle, parcel: ChunkedParcel, now: number): void {
  const row = drizzle.select().from(node).where(eq(node.id, parcel.nodeId)).get();
  if (row === undefined) throw new SoferError("internal", `the library has no leaf ${parcel.nodeId}`);
  const leaf: Leaf = leafOf(row.leaf);
  const versionId = upsertVersion(drizzle, row.bookId, parcel.version);
  const range = placeRange(parcel.range);
  const { ids, added, altered, gone } = writeTexts(database, leaf, versionId, parcel, range);
  removeChunksOf(database, [...altered, ...gone]);
  removeTexts(database, gone);
  requireStored(database, versionId, parcel, range);
  if (parcel.chunks !== null)
    writeChunks(database, parcel.nodeId, versionId, range, parcel.chunks, { ids, paths: parcel.paths });
  writeHolding(drizzle, versionId, parcel, now);
  const isWhole =
    parcel.chunks !== null &&
    (parcel.range === null ||
      (coversLeaf(database, parcel.nodeId, versionId, shapeOfRow(row.shape)) &&
        allTextsChunked(database, parcel.nodeId, versionId)));
  if (isWhole) markChunked(database, parcel.nodeId, versionId);
  else if (added > 0 || altered.length > 0 || gone.length > 0) unmarkChunked(database, parcel.nodeId, versionId);
}

/** Never INSERT OR REPLACE: that deletes the row that texts and holdings point to. */
function upsertVersion(drizzle: Drizzle, bookId: number, meta: VersionMeta): number {
  const { language, versionTitle, license, versionSource, priority, actualLanguage } = meta;
  const set = { license, versionSource, priority, actualLanguage, other: JSON.stringify(meta.other) };
  return drizzle
    .insert(version)
    .values({ bookId, language, versionTitle, ...set })
    .onConflictDoUpdate({ target: [version.bookId, version.language, version.versionTitle], set })
    .returning({ id: version.id })
    .get().id;
}

function requireVersion(drizzle: Drizzle, nodeId: number, key: VersionKey): number {
  const row = drizzle
    .select({ id: version.id })
    .from(version)
    .innerJoin(node, eq(node.bookId, version.bookId))
    .where(and(eq(node.id, nodeId), eq(version.language, key.language), eq(version.versionTitle, key.versionTitle)))
    .get();
  if (row === undefined)
    throw new SoferError("internal", `leaf ${nodeId} has no version ${key.language}|${key.versionTitle}`);
  return row.id;
}

function dropVersion(database: Database, drizzle: Drizzle, nodeId: number, key: VersionKey): void {
  const versionId = requireVersion(drizzle, nodeId, key);
  const { license } = drizzle
    .select({ license: version.license })
    .from(version)
    .where(eq(version.id, versionId))
    .get() ?? { license: "" };
  removeVersionTexts(database, nodeId, versionId);
  unmarkChunked(database, nodeId, versionId);
  settleAsLoser(drizzle, nodeId, versionId, { language: key.language, versionTitle: key.versionTitle, license });
  // A version that holds nothing in any leaf of its book is not one the library has.
  const isHeld = [holding, segmentText, chunk].some(
    (table) =>
      drizzle
        .select({ versionId: table.versionId })
        .from(table)
        .where(eq(table.versionId, versionId))
        .limit(1)
        .get() !== undefined,
  );
  if (!isHeld) drizzle.delete(version).where(eq(version.id, versionId)).run();
}
