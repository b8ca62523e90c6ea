import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";

/**
 * Drizzle over an open connection, for what is done once a run or rarely: its builder takes 50 us a statement, a prepared one 3,
 * so what each book and text takes is prepared SQL. Its statements join bun:sqlite's transactions.
 */
export function drizzleOver(database: Database) {
  return drizzle({ client: database });
}

export type Drizzle = ReturnType<typeof drizzleOver>;
