import type { Database } from "bun:sqlite";
import {
  SoferError,
  type ScanPage,
  type Sink,
  type SinkKind,
  type SinkRecord,
  type SinkSpec,
  type VectorSpace,
} from "@sofer/core";
import { withLibraryErrors } from "../database-error.ts";
import { dropBits, isStale, hasTable, loadBits, makeTable, markStale, putBits, type Bits } from "./bits.ts";
import { bytesOf, connectVectors, floatsOf, hexOf, insertVector, vectorsPath } from "./vector-file.ts";

const MAPPING = 1;
const PAGE = 1_000;
/** Rows of signs made in one transaction when all are made anew: some 30 ms. */
const REBUILD_ROWS = 5_000;

/** The store that needs no server: vectors beside the library, whose own texts and full text they belong to. */
export const embeddedKind: SinkKind = {
  kind: "embedded",
  summary: "vectors beside the library, for its own search: no server, no keys",
  vectors: "required",
  profile: "vector",
  mainOption: null,
  options: [],
  secrets: [],
  open: (_options, context) => Promise.resolve(openEmbeddedSink(context.libraryPath, context.name)),
};

/** @param options.isExact as if extensions did not load, for tests */
export function openEmbeddedSink(libraryPath: string, name = "embedded", options: { isExact?: boolean } = {}): Sink {
  const path = vectorsPath(libraryPath);
  const database = connectVectors(path);
  const bits = loadBits(database, options.isExact === true);
  const within = <T>(signal: AbortSignal, work: () => T): Promise<T> => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return Promise.resolve().then(() => withLibraryErrors(path, work));
  };
  const immediate = <T>(work: () => T): T => database.transaction(work).immediate();
  return {
    name,
    mapping: MAPPING,
    // A transaction of 200 vectors of 3,072 numbers takes some 15 ms.
    limits: { maxRecords: 200, maxBytes: 4 * 1024 * 1024, maxIds: 1_000 },
    host: null,
    sizeOf: ({ chunk, vector }) => chunk.text.length + 64 + (vector?.values.byteLength ?? 0),
    describe: (signal) =>
      within(signal, () => {
        const spec = readSpec(database);
        if (spec === null) return { exists: false, records: null, dimensions: null, mapping: null };
        return { exists: true, records: heldCount(database), dimensions: spec.dimensions, mapping: MAPPING };
      }),
    ensure: async (spec, signal) => {
      await within(signal, () => immediate(() => adopt(database, bits, path, spec)));
      if (bits.isLoaded) await rebuildBits(database, (work) => within(signal, () => immediate(work)));
    },
    upsert: (records, signal) =>
      within(signal, () => immediate(() => records.map((record) => upsertRecord(database, bits, record)))),
    remove: (ids, signal) =>
      within(signal, () =>
        immediate(() => {
          const drop = database.query<{ id: number }, [Uint8Array]>("DELETE FROM held WHERE chunk = ? RETURNING id");
          for (const chunk of ids) {
            const row = drop.get(bytesOf(chunk));
            if (row !== null && bits.isLoaded) dropBits(database, row.id);
          }
          if (!bits.isLoaded) markStale(database);
        }),
      ),
    settle: (signal) => within(signal, () => undefined),
    scan: (from, signal) => within(signal, () => scanPage(database, from)),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

/** The space of what is held; null: nothing ever was. */
export function readSpec(database: Database): VectorSpace | null {
  const row = database.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'space'").get();
  return row === null ? null : (JSON.parse(row.value) as VectorSpace);
}

function adopt(database: Database, bits: Bits, path: string, { space }: SinkSpec): void {
  if (space === null) throw new SoferError("usage", "the sink embedded takes vectors", { hint: "give --embed" });
  const held = readSpec(database);
  const isSame = held?.dimensions === space.dimensions && held.model === space.model;
  if (held !== null && !isSame && heldCount(database) > 0) {
    throw new SoferError(
      "mismatch",
      `${path} holds vectors of ${held.model} with ${held.dimensions} dimensions, not of ${space.model} with ${space.dimensions}`,
      { hint: "use the same --embed and --dimensions, or empty it first: sofer push embedded --empty" },
    );
  }
  database
    .query("INSERT INTO meta VALUES ('space', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    .run(JSON.stringify(space));
  if (bits.isLoaded && (!isSame || !hasTable(database))) {
    makeTable(database, space.dimensions);
    if (heldCount(database) > 0) markStale(database);
  }
}

/** Makes the signs of everything that is held, where another process could not keep them up. */
async function rebuildBits(
  database: Database,
  inTransaction: (work: () => boolean) => Promise<boolean>,
): Promise<void> {
  if (!isStale(database)) return;
  const { dimensions } = readSpec(database) ?? { dimensions: 0 };
  let last = 0;
  await inTransaction(() => {
    makeTable(database, dimensions);
    // Until all are there, a crash leaves them out of date.
    markStale(database);
    return true;
  });
  const page = database.query<{ id: number; numbers: Uint8Array }, [number, number]>(
    "SELECT h.id, v.numbers FROM held h JOIN vector v ON v.id = h.vector_id WHERE h.id > ? ORDER BY h.id LIMIT ?",
  );
  const slice = () => {
    const rows = page.all(last, REBUILD_ROWS);
    for (const { id, numbers } of rows) putBits(database, id, floatsOf(numbers));
    last = rows.at(-1)?.id ?? last;
    if (rows.length < REBUILD_ROWS) database.run("DELETE FROM meta WHERE key = 'bits-stale'");
    return rows.length === REBUILD_ROWS;
  };
  while (await inTransaction(slice));
}

function upsertRecord(database: Database, bits: Bits, record: SinkRecord): SoferError | null {
  const { vector } = record;
  const dimensions = readSpec(database)?.dimensions;
  if (vector === null || vector.values.length !== dimensions) {
    const has = vector === null ? "no vector" : `a vector of ${vector.values.length} dimensions`;
    return new SoferError("bad-item", `the record has ${has}; the store holds ${dimensions ?? 0}`);
  }
  insertVector(database, vector, Date.now());
  const row = database
    .query<{ id: number }, [Uint8Array, Uint8Array, Uint8Array]>(
      `INSERT INTO held (chunk, content_hash, vector_id) VALUES (?1, ?2, (SELECT id FROM vector WHERE key = ?3))
       ON CONFLICT (chunk) DO UPDATE SET content_hash = excluded.content_hash, vector_id = excluded.vector_id
       RETURNING id`,
    )
    .get(bytesOf(record.id), bytesOf(record.contentHash), bytesOf(vector.key));
  if (row === null) throw new SoferError("internal", "a row that was written gave no id");
  if (bits.isLoaded) putBits(database, row.id, vector.values);
  else markStale(database);
  return null;
}

function heldCount(database: Database): number {
  return database.query<{ count: number }, []>("SELECT count(*) AS count FROM held").get()?.count ?? 0;
}

/** A row whose vector is gone, or does not say what it was, is held without a hash: it differs. */
function scanPage(database: Database, from: string | null): ScanPage {
  const rows = database
    .query<{ chunk: Uint8Array; hash: Uint8Array; bytes: number }, [Uint8Array, number]>(
      `SELECT h.chunk, h.content_hash AS hash, length(v.numbers) AS bytes FROM held h JOIN vector v ON v.id = h.vector_id
       WHERE h.chunk > ? ORDER BY h.chunk LIMIT ?`,
    )
    .all(from === null ? new Uint8Array(0) : bytesOf(from), PAGE);
  const bytes = (readSpec(database)?.dimensions ?? 0) * 4;
  const holdings = rows.map((row) => ({
    id: hexOf(row.chunk),
    contentHash: row.bytes === bytes ? hexOf(row.hash) : "",
  }));
  return { holdings, next: rows.length < PAGE ? null : (holdings.at(-1)?.id ?? null) };
}
