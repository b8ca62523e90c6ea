import type { Database } from "bun:sqlite";
import { and, asc, eq } from "drizzle-orm";
import type { ChunkedParcel } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { pack, unpack } from "./packed.ts";
import { staged } from "./schema.ts";

/** Parcels of a book that is there already, kept apart until the whole of it has come. */
export function stageParcel(drizzle: Drizzle, runId: number, unitId: string, ord: number, parcel: ChunkedParcel): void {
  drizzle
    .insert(staged)
    .values({ runId, unitId, ord, answer: pack(parcel) })
    .run();
}

/** One at a time: a book's parcels together may be larger than memory should hold. */
export function* stagedParcels(drizzle: Drizzle, runId: number, unitId: string): Generator<ChunkedParcel> {
  const mine = and(eq(staged.runId, runId), eq(staged.unitId, unitId));
  const ords = drizzle.select({ ord: staged.ord }).from(staged).where(mine).orderBy(asc(staged.ord)).all();
  for (const { ord } of ords) {
    const row = drizzle
      .select({ answer: staged.answer })
      .from(staged)
      .where(and(mine, eq(staged.ord, ord)))
      .get();
    if (row !== undefined) yield unpack(row.answer) as ChunkedParcel;
  }
}

/** What a unit staged; without one, what dead runs left. */
export function clearStaged(database: Database, runId?: number, unitId = ""): void {
  if (runId === undefined) database.query("DELETE FROM staged").run();
  else database.query("DELETE FROM staged WHERE run_id = ? AND unit_id = ?").run(runId, unitId);
}
