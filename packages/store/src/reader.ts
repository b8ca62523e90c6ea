import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import type { Library, StoredBook } from "./api.ts";
import { citationsOf } from "./cited-books.ts";
import { connect, requireCurrent } from "./connection.ts";
import { withLibraryErrors } from "./database-error.ts";
import { drizzleOver, type Drizzle } from "./drizzle.ts";
import { chunkTexts } from "./chunk-texts.ts";
import { chunkLines } from "./dump-chunks.ts";
import { linkLines } from "./dump-links.ts";
import { segmentLines } from "./dump-segments.ts";
import { makeQrels } from "./evaluate/make-qrels.ts";
import { expandPlace } from "./expand.ts";
import { entriesOfSink, entryOfChunk, goneFromLibrary, storedSinks } from "./ledger.ts";
import { linkAccount, linkSourceRows } from "./link-account.ts";
import { heldVersions } from "./held-versions.ts";
import { unpack } from "./packed.ts";
import {
  bookIds,
  bookVersions,
  chunkSumsOf,
  chunkProfiles,
  sectionsOf,
  storedBook,
  storedPathsOf,
  textsOf,
} from "./read-books.ts";
import {
  countRows,
  failureRows,
  holdingRows,
  runRows,
  settledRows,
  splitHintRows,
  unchunkedRows,
  unitRows,
} from "./read-state.ts";
import { leafSpansOf, storedTextsOf, strayCounts, unindexedOf } from "./read-verify.ts";
import { unindexedTexts } from "./full-text.ts";
import { entriesOf } from "./rows.ts";
import { contents, meta } from "./schema.ts";
import { searchLibrary } from "./search/search-library.ts";
import { objectRows } from "./source-objects.ts";

/**
 * Opens an up-to-date library read-only. Any number, in any process, also while one is writing.
 * @param isThrifty for whoever reads much of it beside a run, whose memory is to stay flat (connection.ts)
 */
export function openLibrary(path: string, { isThrifty = false }: { readonly isThrifty?: boolean } = {}): Library {
  const database = withLibraryErrors(path, () => {
    const opened = connect(path, isThrifty ? "read-thrifty" : "read");
    try {
      requireCurrent(opened, path);
      return opened;
    } catch (thrown) {
      opened.close();
      throw thrown;
    }
  });
  return readerOver(database, path);
}

function readerOver(database: Database, path: string): Library {
  const drizzle = drizzleOver(database);
  const read = <T>(work: () => T): T => withLibraryErrors(path, work);
  return {
    path,
    meta: (key) =>
      read(() => drizzle.select({ value: meta.value }).from(meta).where(eq(meta.key, key)).get()?.value ?? null),
    contents: (baseUrl) =>
      read(() => {
        const row = drizzle.select().from(contents).where(eq(contents.baseUrl, baseUrl)).get();
        return row === undefined ? null : { entries: entriesOf(unpack(row.entries)), fetchedAt: row.fetchedAt };
      }),
    books: () => read(() => bookIds(drizzle).map((id) => storedBook(database, id))),
    book: (title) =>
      read(() => {
        const [id] = bookIds(drizzle, [title]);
        return id === undefined ? null : storedBook(database, id);
      }),
    eachBook: (titles) => eachBook(path, database, drizzle, titles),
    versions: (bookTitle) =>
      read(() =>
        bookIds(drizzle, [bookTitle])
          .flatMap((id) => bookVersions(database, id))
          .map(({ language, versionTitle, license, priority, versionSource }) => ({
            language,
            versionTitle,
            license,
            priority,
            versionSource,
          })),
      ),
    heldVersions: (titles) => told(path, heldVersions(database, drizzle, titles)),
    holdings: (bookTitle) => read(() => holdingRows(database, bookTitle)),
    settled: (bookTitle) => read(() => settledRows(database, bookTitle)),
    sourceObjects: (bookTitle) => read(() => objectRows(database, bookTitle)),
    splitHints: () => read(() => splitHintRows(drizzle)),
    failures: () => read(() => failureRows(drizzle)),
    runs: (limit) => read(() => runRows(drizzle, limit)),
    units: (runId) => read(() => unitRows(drizzle, runId)),
    unchunked: (chunking) => read(() => unchunkedRows(database, chunking)),
    leafVersionTexts: (nodeId, version, range) => read(() => textsOf(database, nodeId, version, range)),
    sections: (nodeId, version) => read(() => sectionsOf(database, nodeId, version)),
    storedPaths: (nodeId) => told(path, storedPathsOf(database, nodeId)),
    chunkCount: (bookTitle) => read(() => chunkSumsOf(database, bookTitle).count),
    chunkSums: (bookTitle) => read(() => chunkSumsOf(database, bookTitle)),
    storedTexts: (bookTitle) => read(() => storedTextsOf(database, bookTitle)),
    leafSpans: (nodeId, version) => read(() => leafSpansOf(database, nodeId, version)),
    unindexed: (ids) => read(() => unindexedOf(database, ids)),
    unindexedTexts: () => told(path, unindexedTexts(database)),
    strays: () => read(() => strayCounts(database)),
    segments: (filter = {}) => told(path, segmentLines(database, drizzle, filter)),
    chunks: (filter = {}) => told(path, chunkLines(database, drizzle, filter)),
    chunkTexts: (filter) => told(path, chunkTexts(database, drizzle, filter)),
    chunkProfiles: () => read(() => chunkProfiles(database)),
    sinks: () => read(() => storedSinks(database)),
    ledgerEntry: (sinkId, chunk) => read(() => entryOfChunk(database, sinkId, chunk)),
    ledger: (sinkId) => told(path, entriesOfSink(database, sinkId)),
    goneFromLibrary: (sinkId, profile, limit) => read(() => goneFromLibrary(database, sinkId, profile, limit)),
    links: () => told(path, linkLines(database)),
    expand: (bookTitle, ref, options) =>
      read(() => {
        const [id] = bookIds(drizzle, [bookTitle]);
        return id === undefined
          ? { total: 0, links: [] }
          : expandPlace(database, storedBook(database, id), ref, options);
      }),
    linkSources: () => read(() => linkSourceRows(database)),
    linkAccount: () => read(() => linkAccount(database)),
    citations: () => read(() => citationsOf(database)),
    // Of one moment: what the index names must still be there when its text is read.
    search: (request) => read(() => database.transaction(() => searchLibrary(database, request)).deferred()),
    makeQrels: (options) => read(() => makeQrels(database, options)),
    snapshot: (work) => read(() => database.transaction(work).deferred()),
    counts: () => read(() => countRows(database)),
    close: () => database.close(),
  };
}

function* eachBook(
  path: string,
  database: Database,
  drizzle: Drizzle,
  titles: readonly string[] | undefined,
): Generator<StoredBook> {
  const ids = withLibraryErrors(path, () => bookIds(drizzle, titles));
  for (const id of ids) yield withLibraryErrors(path, () => storedBook(database, id));
}

/** A damaged page is met while reading, long after opening. */
function* told<T>(path: string, lines: Iterable<T>): Generator<T> {
  const iterator = lines[Symbol.iterator]();
  for (;;) {
    const next = withLibraryErrors(path, () => iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}
