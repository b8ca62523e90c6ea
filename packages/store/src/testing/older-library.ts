import { Database } from "bun:sqlite";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { MIGRATIONS } from "../format.ts";

/** A library as a sofer with one migration would have made it, with so many rows of its own, of a thousand bytes each. */
export function olderLibrary(folder: string, path: string, rows: number): void {
  const migrations = join(folder, "migrations");
  mkdirSync(migrations);
  cpSync(MIGRATIONS, migrations, { recursive: true });
  const journalFile = join(migrations, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: unknown[] };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
  using database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = WAL");
  migrate(drizzle({ client: database }), { migrationsFolder: migrations });
  for (let row = 0; row < rows; row++)
    database.run("INSERT INTO meta VALUES (?, ?)", [`kept ${row}`, "x".repeat(1_000)]);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}
