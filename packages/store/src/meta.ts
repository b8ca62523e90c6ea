import type { Database } from "bun:sqlite";

/** One-line facts about the file, by key. */
export function readMeta(database: Database, key: string): string | null {
  return database.query<{ value: string }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)?.value ?? null;
}

export function writeMeta(database: Database, key: string, value: string): void {
  database
    .query("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    .run(key, value);
}

export function removeMeta(database: Database, key: string): void {
  database.query("DELETE FROM meta WHERE key = ?").run(key);
}
