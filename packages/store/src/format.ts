import { join } from "node:path";
import journal from "../migrations/meta/_journal.json" with { type: "json" };

/** Written by drizzle-kit (`bun run migrations`); read by migrateLibrary. */
export const MIGRATIONS = join(import.meta.dir, "..", "migrations");

/** Version of the file's format: how many migrations it has seen. */
export const FORMAT: number = journal.entries.length;
