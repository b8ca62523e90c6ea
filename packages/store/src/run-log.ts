import type { Database } from "bun:sqlite";
import { and, eq, inArray, lt, lte, notInArray } from "drizzle-orm";
import type { PlainError, StampedEvent } from "@sofer/core";
import type { SplitHint, UnitClose, UnitRow } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { writeSettlement } from "./holdings.ts";
import { event, failure, run, splitHint, unit } from "./schema.ts";

/** Runs whose events are kept: a library that is brought up to date every day would grow by them without an end. */
const RUNS_WITH_EVENTS = 50;

const VALUES_AT_ONCE = 10_000;

/** Rows about runs and their units: ephemeral work and named failures. Nothing here decides what is done. */
export function insertRun(drizzle: Drizzle, settings: string, now: number): number {
  const { id } = drizzle.insert(run).values({ startedAt: now, settings }).returning({ id: run.id }).get();
  drizzle
    .delete(event)
    .where(lte(event.runId, id - RUNS_WITH_EVENTS))
    .run();
  return id;
}

export function finishRun(
  drizzle: Drizzle,
  runId: number,
  outcome: "whole" | "failures" | "interrupted" | "stopped",
  receipt: string,
  now: number,
): void {
  drizzle.update(run).set({ endedAt: now, outcome, receipt }).where(eq(run.id, runId)).run();
}

export function insertUnits(
  database: Database,
  runId: number,
  units: readonly Pick<UnitRow, "id" | "kind" | "title">[],
): void {
  const insert = database.query(
    `INSERT INTO unit (run_id, id, kind, title, state, requests, bytes) VALUES (?, ?, ?, ?, 'ready', 0, 0)
     ON CONFLICT DO NOTHING`,
  );
  for (const { id, kind, title } of units) insert.run(runId, id, kind, title);
}

/** The unit's end, with its settlement; a failure of the same unit in an earlier run is resolved by it. */
export function finishUnit(database: Database, close: UnitClose, now: number): void {
  const { runId, unitId, title, requests, bytes } = close;
  database
    .query(
      `INSERT INTO unit (run_id, id, kind, title, state, requests, bytes) VALUES (?, ?, ?, ?, 'done', ?, ?)
       ON CONFLICT (run_id, id) DO UPDATE SET state = excluded.state, requests = excluded.requests, bytes = excluded.bytes`,
    )
    .run(runId, unitId, kindOf(unitId), title, requests, bytes);
  if (close.settlement !== null) writeSettlement(database, close.settlement, now);
  database.query("DELETE FROM failure WHERE unit_id = ?").run(unitId);
}

export function writeFailure(
  drizzle: Drizzle,
  runId: number,
  unitId: string,
  title: string,
  place: string,
  error: PlainError,
  now: number,
): void {
  const before = drizzle.select({ attempts: failure.attempts }).from(failure).where(eq(failure.unitId, unitId)).get();
  const values = {
    title,
    place,
    code: error.code,
    message: error.message,
    hint: error.hint,
    causes: JSON.stringify(error.causes),
    url: error.url,
    attempts: (before?.attempts ?? 0) + 1,
    lastAt: now,
  };
  drizzle
    .insert(failure)
    .values({ unitId, firstAt: now, ...values })
    .onConflictDoUpdate({ target: failure.unitId, set: values })
    .run();
  drizzle
    .update(unit)
    .set({ state: "failed" })
    .where(and(eq(unit.runId, runId), eq(unit.id, unitId)))
    .run();
}

/** What failed once has turned out well, without a unit of its own that could say so. */
export function resolveFailures(drizzle: Drizzle, unitIds: readonly string[]): void {
  // A statement takes 250,000 values at most, and every text of a library may have failed.
  for (let at = 0; at < unitIds.length; at += VALUES_AT_ONCE) {
    drizzle
      .delete(failure)
      .where(inArray(failure.unitId, unitIds.slice(at, at + VALUES_AT_ONCE)))
      .run();
  }
}

/** Of a book that is gone, or of which all that is wanted is there. */
export function closeFailures(drizzle: Drizzle, title: string, before: number, except: readonly string[]): number {
  const isOld = and(eq(failure.title, title), lt(failure.lastAt, before), notInArray(failure.unitId, [...except]));
  return drizzle.delete(failure).where(isOld).returning({ id: failure.id }).all().length;
}

export function writeSplitHint(drizzle: Drizzle, hint: SplitHint, now: number): void {
  const values = { ...hint, notedAt: now };
  drizzle.insert(splitHint).values(values).onConflictDoUpdate({ target: splitHint.nodeId, set: values }).run();
}

export function insertEvents(database: Database, events: readonly StampedEvent[]): void {
  const insert = database.query("INSERT INTO event (run_id, at, type, body) VALUES (?, ?, ?, ?)");
  for (const { runId, seq, at, event } of events) insert.run(runId, at, event.type, JSON.stringify({ seq, event }));
}

/** A unit's id begins with its kind (core/unit.ts); one that was never planned is a text unit made by a split. */
function kindOf(unitId: string): UnitRow["kind"] {
  const kind = unitId.slice(0, unitId.indexOf(":"));
  const known = ["listing", "index", "outline", "versions", "book"] as const;
  return known.find((one) => one === kind) ?? "text";
}
