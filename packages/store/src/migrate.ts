import { Database } from "bun:sqlite";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { SoferError } from "@sofer/core";
import { connect, formatOf, refuseNewer } from "./connection.ts";
import { withLibraryErrors } from "./database-error.ts";
import { FORMAT, MIGRATIONS } from "./format.ts";
import { writeMeta } from "./meta.ts";

export interface Migrated {
  /** Format before: 0 for a new file. */
  readonly from: number;
  readonly to: number;
  /** The copy kept beside an older library, or null. */
  readonly backup: string | null;
}

/**
 * Makes the library, or brings an older one up to date after keeping a copy as `<path>.bak-<format>`. Called once, in
 * the parent, under the lock, before any thread opens the file: two migrations at once can meet a lock (M: 1 of 3).
 */
export function migrateLibrary(path: string): Migrated {
  return withLibraryErrors(path, () => {
    makeFile(path);
    const database = connect(path, "write");
    try {
      const from = formatOf(database, path);
      refuseNewer(from, path);
      if (from === FORMAT) return { from, to: FORMAT, backup: null };
      const backup = from === 0 ? null : keepCopy(database, path, from);
      database.transaction(() => bringUpToDate(database)).immediate();
      return { from, to: FORMAT, backup };
    } finally {
      database.close();
    }
  });
}

/**
 * Drizzle's own migrator makes its table in a transaction of its own, so that a kill could leave a file of no format; and
 * where SQLite has rolled back by itself (a full disk), its ROLLBACK fails and hides why. Same table, same files, one
 * transaction.
 */
function bringUpToDate(database: Database): void {
  database.run(
    "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)",
  );
  const last = database
    .query<{ at: number | null }, []>("SELECT max(created_at) AS at FROM __drizzle_migrations")
    .get();
  const insert = database.query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)");
  for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS })) {
    if (Number(last?.at ?? 0) >= folderMillis) continue;
    for (const statement of sql) database.run(statement);
    insert.run(hash, folderMillis);
  }
  writeMeta(database, "format", String(FORMAT));
}

/** An empty file in an existing folder. Node's errors for folders are clearer than SQLite's "unable to open". */
function makeFile(path: string): void {
  if (existsSync(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (thrown) {
    throw new SoferError("library", `the folder of ${path} cannot be made`, {
      hint: "Name a file in a folder you may write with --library.",
      cause: thrown,
    });
  }
  new Database(path, { create: true, readwrite: true }).close();
}

/** VACUUM INTO takes what is still in the WAL along, and leaves no half copy under the final name. */
function keepCopy(database: Database, path: string, format: number): string {
  const backup = `${path}.bak-${format}`;
  const unfinished = `${backup}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    database.query("VACUUM INTO ?").run(unfinished);
  } catch (thrown) {
    // A full disk is not to be kept full by half a copy.
    rmSync(unfinished, { force: true });
    throw thrown;
  }
  renameSync(unfinished, backup);
  return backup;
}
