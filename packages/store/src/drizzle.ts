import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";

/** Drizzle over an open connection, for everything but the hot paths. Its statements join bun:sqlite's transactions. */
export function drizzleOver(database: Database) {
  return drizzle({ client: database });
}

export type Drizzle = ReturnType<typeof drizzleOver>;
