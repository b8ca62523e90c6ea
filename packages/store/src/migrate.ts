import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { SoferError } from "@sofer/core";
import { connect, formatOf, refuseNewer } from "./connection.ts";
import { withLibraryErrors } from "./database-error.ts";
import { FORMAT, MIGRATIONS } from "./format.ts";

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
      migrate(drizzle({ client: database }), { migrationsFolder: MIGRATIONS });
      database
        .query(
          "INSERT INTO meta (key, value) VALUES ('format', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .run(String(FORMAT));
      return { from, to: FORMAT, backup };
    } finally {
      database.close();
    }
  });
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
  database.query("VACUUM INTO ?").run(unfinished);
  renameSync(unfinished, backup);
  return backup;
}
