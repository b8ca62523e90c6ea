import { NO_CHANGES, type Changes, type RefIndex } from "@sofer/core";
import type { LibraryWriter } from "./api.ts";
import { citationIndex, type CitedLeaf } from "./cited-books.ts";
import { closeBook } from "./close-book.ts";
import { connect, requireCurrent } from "./connection.ts";
import { requireConserved } from "./conserved.ts";
import { withLibraryErrors } from "./database-error.ts";
import { drizzleOver } from "./drizzle.ts";
import { flipBook } from "./flip-book.ts";
import { addToIndex, buildIndex, IndexFollower, mergeIndex, setIndexMerging } from "./full-text.ts";
import { markChunked, writeChunks } from "./leaf-chunks.ts";
import { dropEntries, saveSink, writeEntries, writeItemFailures } from "./ledger.ts";
import { PlaceFinder } from "./link-places.ts";
import { writeMeta } from "./meta.ts";
import { pack } from "./packed.ts";
import { placeRange } from "./place-range.ts";
import { pathsOf, storedBook } from "./read-books.ts";
import { removeBook } from "./remove-book.ts";
import { expectLinks, resolveLinks } from "./resolve-links.ts";
import { removeStrays } from "./read-verify.ts";
import {
  closeFailures,
  finishRun,
  finishUnit,
  insertEvents,
  insertRun,
  insertUnits,
  resolveFailures,
  writeFailure,
  writeSplitHint,
} from "./run-log.ts";
import { contents } from "./schema.ts";
import { saveSchemaObject } from "./source-objects.ts";
import { clearStaged, stageParcel } from "./staging.ts";
import { addLinks, finishLinks, startLinks } from "./write-links.ts";
import { forgetChunks, unsettleLeaf } from "./unsettle.ts";
import { dropVersion, requireVersion } from "./versions.ts";
import { writeParcel } from "./write-parcel.ts";
import { writeOutline } from "./write-outline.ts";

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
      setIndexMerging(opened);
      return opened;
    } catch (thrown) {
      opened.close();
      throw thrown;
    }
  });
  const drizzle = drizzleOver(database);
  let citations: RefIndex<CitedLeaf> | null = null;
  let isTogether = false;
  const follower = new IndexFollower(database);
  let areKeysChecked = true;
  // Only between transactions. All statements are prepared anew afterwards, so not oftener than it is needed.
  const checkKeys = (shouldCheck: boolean) => {
    if (shouldCheck === areKeysChecked) return;
    database.run(`PRAGMA foreign_keys = ${shouldCheck ? "ON" : "OFF"}`);
    areKeysChecked = shouldCheck;
  };
  const checked = <T>(work: () => T): T =>
    withLibraryErrors(path, () => {
      if (!isTogether) checkKeys(true);
      return work();
    });
  const immediate = <T>(work: () => T): T =>
    checked(() => (isTogether ? work() : database.transaction(work).immediate()));
  return {
    path,
    together: {
      begin(isTrusted) {
        checkKeys(!isTrusted);
        withLibraryErrors(path, () => database.run("BEGIN IMMEDIATE"));
        isTogether = true;
      },
      commit() {
        withLibraryErrors(path, () => database.run("COMMIT"));
        isTogether = false;
      },
      undo() {
        isTogether = false;
        citations = null;
        follower.undone();
        // After some errors (a full disk) SQLite has done so already.
        if (database.inTransaction) withLibraryErrors(path, () => database.run("ROLLBACK"));
      },
    },
    startRun: (settings, now) => immediate(() => insertRun(drizzle, settings, now)),
    endRun: (runId, outcome, receipt, now) => immediate(() => finishRun(drizzle, runId, outcome, receipt, now)),
    saveContents(baseUrl, entries, now) {
      const values = { baseUrl, entries: pack(entries), fetchedAt: now };
      citations = null;
      immediate(() =>
        drizzle.insert(contents).values(values).onConflictDoUpdate({ target: contents.baseUrl, set: values }).run(),
      );
    },
    saveOutline(outline, position, now, schema) {
      citations = null;
      return immediate(() => {
        const bookId = writeOutline(database, drizzle, outline, position, now);
        if (schema !== undefined) saveSchemaObject(database, bookId, schema, now);
        return storedBook(database, bookId);
      });
    },
    planUnits: (runId, units) => immediate(() => insertUnits(database, runId, units)),
    commitParcel(parcel, now, close) {
      requireConserved(parcel);
      let changes: Changes = NO_CHANGES;
      immediate(() => {
        changes = writeParcel(database, parcel, now);
        if (close !== undefined) finishUnit(database, close, now);
      });
      return changes;
    },
    stageParcel(runId, unitId, ord, parcel) {
      requireConserved(parcel);
      immediate(() => stageParcel(drizzle, runId, unitId, ord, parcel));
    },
    clearStaged: (runId, unitId) => immediate(() => clearStaged(database, runId, unitId)),
    closeBook(close, now) {
      citations = null;
      return immediate(() => closeBook(database, drizzle, close, now));
    },
    flipBook(flip, finishLeaves, now) {
      citations = null;
      return immediate(() => flipBook(database, drizzle, flip, finishLeaves, now));
    },
    removeBook(title) {
      citations = null;
      return immediate(() => removeBook(database, drizzle, title));
    },
    saveMeta: (key, value) => immediate(() => writeMeta(database, key, value)),
    closeUnit: (close, now) => immediate(() => finishUnit(database, close, now)),
    dropVersion: (nodeId, key) => immediate(() => dropVersion(database, drizzle, nodeId, key)),
    replaceChunks(nodeId, key, range, chunks, segmentTextIds, chunking) {
      immediate(() => {
        const versionId = requireVersion(drizzle, nodeId, key);
        const texts = { ids: segmentTextIds, paths: pathsOf(database, segmentTextIds) };
        writeChunks(database, nodeId, versionId, placeRange(range), chunks, texts);
        if (chunking !== null) markChunked(database, nodeId, versionId, chunking);
      });
    },
    unsettleLeaf: (nodeId, keys) => immediate(() => unsettleLeaf(database, nodeId, keys)),
    forgetChunks: (nodeId, key) => immediate(() => forgetChunks(database, nodeId, key)),
    removeStrays: () => immediate(() => removeStrays(database)),
    saveSplitHint: (hint, now) => immediate(() => writeSplitHint(drizzle, hint, now)),
    failUnit: (runId, unitId, title, place, error, now) =>
      immediate(() => writeFailure(drizzle, runId, unitId, title, place, error, now)),
    resolveFailures: (unitIds) => immediate(() => resolveFailures(drizzle, unitIds)),
    saveSink: (name, settings) => immediate(() => saveSink(database, name, settings)),
    recordPushed: (sinkId, entries) => immediate(() => writeEntries(database, sinkId, entries)),
    recordRemoved: (sinkId, ids) => immediate(() => dropEntries(database, sinkId, ids)),
    failItems: (items, now) => immediate(() => writeItemFailures(database, items, now)),
    recordEvents: (events) => immediate(() => insertEvents(database, events)),
    closeFailures: (title, before, except = []) => immediate(() => closeFailures(drizzle, title, before, except)),
    indexNext: (limit) => immediate(() => follower.next(limit)),
    addToIndex: (rows) => immediate(() => addToIndex(database, rows)),
    mergeIndex: () => immediate(() => mergeIndex(database)),
    buildIndex: () => checked(() => buildIndex(database)),
    startLinks(source, tag) {
      immediate(() => {
        expectLinks(database);
        startLinks(database, source, tag);
      });
    },
    addLinks(source, rows) {
      immediate(() => {
        citations ??= citationIndex(database);
        addLinks(database, new PlaceFinder(citations), source, rows);
      });
    },
    finishLinks: (source, counts, now) => immediate(() => finishLinks(database, source, counts, now)),
    resolveLinks: (now) => checked(() => resolveLinks(database, now)),
    checkpoint() {
      withLibraryErrors(path, () => database.run("PRAGMA wal_checkpoint(TRUNCATE)"));
    },
    close: () => database.close(),
  };
}
