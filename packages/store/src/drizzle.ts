import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import * as schema from "./schema.ts";

/** Drizzle over an open connection, for everything but the hot paths. Its statements join bun:sqlite's transactions. */
export function drizzleOver(database: Database) {
  return drizzle({ client: database, schema });
}

export type Drizzle = ReturnType<typeof drizzleOver>;
