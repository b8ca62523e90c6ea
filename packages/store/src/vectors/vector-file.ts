import { Database } from "bun:sqlite";
import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SoferError, type ChunkVector, type VectorSpace } from "@sofer/core";
import { withLibraryErrors } from "../database-error.ts";

/**
 * The file of vectors beside the library. It holds what can be had again from the embedder, at a price: a **vector** by
 * its key (of text, model, dimensions and task), whichever chunk, run or library it was made for; and what the embedded
 * store holds (embedded-sink.ts). It is no part of the library: without it nothing of the texts is lost.
 */
const FORMAT = 1;
/** "sofv", so that another database is not taken for it. */
const APPLICATION_ID = 0x736f6676;
const BUSY_TIMEOUT_MS = 5_000;

const TABLES = [
  /** What a model's vectors are like; `asked`: dimensions asked for, 0: none. */
  `CREATE TABLE model (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, asked INTEGER NOT NULL, dimensions INTEGER NOT NULL, UNIQUE (name, asked)
  )`,
  /** Little-endian 32-bit floats. */
  `CREATE TABLE vector (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, numbers BLOB NOT NULL, made_at INTEGER NOT NULL
  )`,
  /** The embedded store: one row for each chunk. Ids are never used again: they are the bits' too. */
  `CREATE TABLE held (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chunk BLOB NOT NULL UNIQUE, content_hash BLOB NOT NULL,
    vector_id INTEGER NOT NULL REFERENCES vector (id)
  )`,
  `CREATE INDEX held_vector ON held (vector_id)`,
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)`,
];

/** `vectors.sqlite` for `library.sqlite`, `demo.vectors.sqlite` for `demo.sqlite`. */
export function vectorsPath(libraryPath: string): string {
  const stem = basename(libraryPath).replace(/\.sqlite$/, "");
  return join(dirname(libraryPath), stem === "library" ? "vectors.sqlite" : `${stem}.vectors.sqlite`);
}

/** A connection to the file, made when it is missing. @throws `library`, `newer` */
export function connectVectors(path: string): Database {
  return withLibraryErrors(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const database = new Database(path, { create: true, readwrite: true });
    try {
      database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      database.run("PRAGMA journal_mode = WAL");
      // As the library: what was committed outlives the process; after a power cut the last vectors may have to be paid again.
      database.run("PRAGMA synchronous = NORMAL");
      database.run("PRAGMA foreign_keys = ON");
      prepareTables(database, path);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

function prepareTables(database: Database, path: string): void {
  const numberOf = (pragma: string) =>
    Object.values(database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0;
  const prepare = database.transaction(() => {
    const format = numberOf("user_version");
    if (format > FORMAT) {
      throw new SoferError(
        "newer",
        `${path} was written by a newer sofer (format ${format}; this one knows ${FORMAT})`,
      );
    }
    if (format === FORMAT && numberOf("application_id") === APPLICATION_ID) return;
    const tables =
      database.query<{ count: number }, []>("SELECT count(*) AS count FROM sqlite_schema").get()?.count ?? 0;
    if (tables > 0) throw new SoferError("library", `${path} is an SQLite file, but not a file of vectors`);
    for (const table of TABLES) database.run(table);
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.run(`PRAGMA user_version = ${FORMAT}`);
  });
  prepare.immediate();
}

/** Vectors by key, each paid for once. One writer at a time: whoever holds the library's lock. */
export interface VectorCache extends Disposable {
  readonly path: string;
  /** Dimensions of a model's vectors, once known. @param asked as asked for; null: none were. */
  space(model: string, asked: number | null): VectorSpace | null;
  saveSpace(space: VectorSpace, asked: number | null): void;
  /** Those of the keys that have no vector. */
  missing(keys: readonly string[]): string[];
  get(key: string): ChunkVector | null;
  /** In one transaction; what is there already stays as it is. */
  put(vectors: readonly ChunkVector[], now: number): void;
  count(): number;
  close(): void;
}

/** Opens the library's file of vectors. @throws `library` */
export function openVectorCache(libraryPath: string): VectorCache {
  const path = vectorsPath(libraryPath);
  const database = connectVectors(path);
  const read = <T>(work: () => T): T => withLibraryErrors(path, work);
  const close = () => database.close();
  return {
    path,
    space(model, asked) {
      const row = read(() =>
        database
          .query<{ dimensions: number }, [string, number]>("SELECT dimensions FROM model WHERE name = ? AND asked = ?")
          .get(model, asked ?? 0),
      );
      return row === null ? null : { model, dimensions: row.dimensions };
    },
    saveSpace({ model, dimensions }, asked) {
      read(() =>
        database
          .query("INSERT INTO model (name, asked, dimensions) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
          .run(model, asked ?? 0, dimensions),
      );
    },
    missing: (keys) =>
      read(() => {
        const find = database.query<{ found: number }, [Uint8Array]>("SELECT 1 AS found FROM vector WHERE key = ?");
        return keys.filter((key) => find.get(bytesOf(key)) === null);
      }),
    get(key) {
      const row = read(() =>
        database
          .query<{ numbers: Uint8Array }, [Uint8Array]>("SELECT numbers FROM vector WHERE key = ?")
          .get(bytesOf(key)),
      );
      return row === null ? null : { key, values: floatsOf(row.numbers) };
    },
    put(vectors, now) {
      read(() =>
        database
          .transaction(() => {
            for (const vector of vectors) insertVector(database, vector, now);
          })
          .immediate(),
      );
    },
    count: () =>
      read(() => database.query<{ count: number }, []>("SELECT count(*) AS count FROM vector").get()?.count ?? 0),
    close,
    [Symbol.dispose]: close,
  };
}

/** Whether anything was ever embedded here; looks, and makes nothing. */
export function hasVectors(libraryPath: string): boolean {
  return existsSync(vectorsPath(libraryPath));
}

export function insertVector(database: Database, { key, values }: ChunkVector, now: number): void {
  database
    .query("INSERT INTO vector (key, numbers, made_at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING")
    .run(bytesOf(key), bytesOfFloats(values), now);
}

/** 32 hex digits as 16 bytes. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex);
}

export function hexOf(bytes: Uint8Array): string {
  return bytes.toHex();
}

// All machines that Bun runs on are little-endian, as the file is.
function bytesOfFloats(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A copy: SQLite's bytes need not lie where floats may. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
