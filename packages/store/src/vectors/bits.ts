import type { Database } from "bun:sqlite";
import { getLoadablePath } from "sqlite-vec";

/**
 * The signs of each vector's numbers, one bit each, for a first look: comparing bits takes a twentieth of the time that
 * numbers take (M: 1 M vectors of 768 dimensions, 45 ms against 976 ms), and the nearest of them are then compared exactly.
 * They are in a virtual table of the sqlite-vec extension. Where extensions do not load (as in the SQLite of macOS) there
 * are none, and whoever writes says in `meta` that they are out of date.
 */
export interface Bits {
  /** Loaded: looked up and kept up. */
  readonly isLoaded: boolean;
}

/** The most that one look at the virtual table may ask for. */
export const MAX_NEAREST = 4096;

const STALE = "bits-stale";

/** @param isForcedOff as if extensions did not load, for tests */
export function loadBits(database: Database, isForcedOff: boolean): Bits {
  if (isForcedOff) return { isLoaded: false };
  try {
    database.loadExtension(getLoadablePath());
    return { isLoaded: true };
  } catch (thrown) {
    // No extensions in this SQLite, or none for this machine: both mean the exact scan, which the caller tells of.
    if (!(thrown instanceof Error)) throw thrown;
    return { isLoaded: false };
  }
}

/** One bit for each number: whether it is above zero; filled up to whole bytes, eight to a byte. */
export function signsOf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (let at = 0; at < values.length; at++) {
    if ((values[at] ?? 0) > 0) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return bytes;
}

export function hasTable(database: Database): boolean {
  return database.query("SELECT 1 FROM sqlite_schema WHERE name = 'bits'").get() !== null;
}

export function isStale(database: Database): boolean {
  return database.query("SELECT 1 FROM meta WHERE key = ?").get(STALE) !== null;
}

/** Inside a transaction that changes what is held, where bits cannot be kept up. */
export function markStale(database: Database): void {
  database.query("INSERT INTO meta VALUES (?, '') ON CONFLICT DO NOTHING").run(STALE);
}

/** Made anew, empty. */
export function makeTable(database: Database, dimensions: number): void {
  database.run("DROP TABLE IF EXISTS bits");
  database.run(
    `CREATE VIRTUAL TABLE bits USING vec0(id INTEGER PRIMARY KEY, signs bit[${Math.ceil(dimensions / 8) * 8}])`,
  );
  database.query("DELETE FROM meta WHERE key = ?").run(STALE);
}

export function putBits(database: Database, id: number, values: Float32Array): void {
  database.query("DELETE FROM bits WHERE id = ?").run(id);
  database.query("INSERT INTO bits (id, signs) VALUES (?, vec_bit(?))").run(id, signsOf(values));
}

export function dropBits(database: Database, id: number): void {
  database.query("DELETE FROM bits WHERE id = ?").run(id);
}

/** Ids of the rows whose signs differ least. @param count at most MAX_NEAREST */
export function nearestByBits(database: Database, query: Float32Array, count: number): number[] {
  return database
    .query<{ id: number }, [Uint8Array, number]>("SELECT id FROM bits WHERE signs MATCH vec_bit(?) AND k = ?")
    .all(signsOf(query), count)
    .map(({ id }) => id);
}
