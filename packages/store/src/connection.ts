import { Database } from "bun:sqlite";
import { SoferError } from "@sofer/core";
import { FORMAT } from "./format.ts";

/**
 * Statements that a connection keeps prepared: all that there are. Bun keeps 20, the latest; a parcel takes 22, in turn, so
 * that each was gone when it came again. M, 1,240 parcels of 253 real books: 0.5 s of 5.8 for preparing.
 */
Database.MAX_QUERY_CACHE_SIZE = 256;

/** ms that a connection waits for another's lock. The longest write of ours is below 1 s; 5 s is for slow disks. */
const BUSY_TIMEOUT_MS = 5_000;

const CACHE_KIB = { read: 64 * 1024, "read-thrifty": 8 * 1024, write: 32 * 1024 };

/**
 * Opens an existing library file and sets its pragmas.
 *
 * - `busy_timeout` first, because the others may already meet a lock.
 * - `journal_mode = WAL`: readers never wait for the writer, nor it for them. It is kept in the file.
 * - `synchronous = NORMAL`: in WAL this loses no committed row when the program is killed; after a power cut the last
 *   commits may be gone, whole, and are fetched again. FULL would sync the disk at each parcel.
 * - `foreign_keys`: off by default in SQLite, and per connection.
 * - `cache_size`, 64 MiB: a search looks at pages all over the indexes. 32 MiB to write: twice as much made the load of a
 *   whole library no faster, and its memory that much larger.
 * - `mmap_size`, 256 MiB, readers only: dumps and searches read without copying pages; a writer gains nothing. Pages that
 *   were read so count as memory of the process, and a long run reads them all: `read-thrifty` maps nothing and keeps 8 MiB.
 */
export function connect(path: string, mode: keyof typeof CACHE_KIB): Database {
  const database = new Database(path, mode === "write" ? { readwrite: true, create: false } : { readonly: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (mode === "write") database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA foreign_keys = ON");
    database.run(`PRAGMA cache_size = -${CACHE_KIB[mode]}`);
    if (mode === "read") database.run(`PRAGMA mmap_size = ${256 * 1024 * 1024}`);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** The format of an open file: 0 for an empty one. @throws `library` when it is somebody else's database. */
export function formatOf(database: Database, path: string): number {
  const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const names = new Set(tables.map((table) => table.name));
  if (names.size === 0) return 0;
  // What a run that was killed while it made the file could leave behind.
  if (names.size === 1 && names.has("__drizzle_migrations") && migrations(database) === 0) return 0;
  if (!names.has("__drizzle_migrations") || !names.has("segment_text")) {
    throw new SoferError("library", `${path} is an SQLite file, but not a library of sofer`, {
      hint: "Name another file with --library.",
    });
  }
  return migrations(database);
}

function migrations(database: Database): number {
  return database.query<{ count: number }, []>("SELECT count(*) AS count FROM __drizzle_migrations").get()?.count ?? 0;
}

/** @throws `newer` for a file that a later sofer wrote. */
export function refuseNewer(format: number, path: string): void {
  if (format <= FORMAT) return;
  throw new SoferError("newer", `${path} was written by a newer sofer (format ${format}; this one knows ${FORMAT})`, {
    hint: "Update sofer, or name another file with --library.",
  });
}

/** @throws `newer`, or `library` when the file has not been brought up to date by migrateLibrary. */
export function requireCurrent(database: Database, path: string): void {
  const format = formatOf(database, path);
  refuseNewer(format, path);
  if (format < FORMAT) {
    throw new SoferError("library", `${path} has format ${format}, older than ${FORMAT}`, {
      hint: "Run `sofer ingest` on it once: it is upgraded, with a copy kept beside it.",
    });
  }
}
