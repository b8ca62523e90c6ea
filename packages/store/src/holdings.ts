import type { Database } from "bun:sqlite";
import { and, eq } from "drizzle-orm";
import type { ChunkedParcel, ExcludedVersion, Settlement, Shape } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { healLeaf } from "./heal-leaf.ts";
import { overlaps, placeRange, storedRange } from "./place-range.ts";
import { holding, settled } from "./schema.ts";

/** Writes what a parcel proved. It takes the place of every holding that overlaps it: a place is accounted for once. */
export function writeHolding(database: Database, versionId: number, parcel: ChunkedParcel, now: number): void {
  const { nodeId, counts } = parcel;
  const range = placeRange(parcel.range);
  const rows = database
    .query<{ from_path: Uint8Array; to_path: Uint8Array }, [number, number]>(
      "SELECT from_path, to_path FROM holding WHERE version_id = ? AND node_id = ?",
    )
    .all(versionId, nodeId);
  const remove = database.query("DELETE FROM holding WHERE version_id = ? AND node_id = ? AND from_path = ?");
  for (const row of rows) {
    if (overlaps(range, placeRange(storedRange(row.from_path, row.to_path))))
      remove.run(versionId, nodeId, row.from_path);
  }
  const { places, stored, blank, notText, excluded, irregular } = counts;
  database
    .query(
      `INSERT INTO holding (version_id, node_id, from_path, to_path, state, places, stored, blank, not_text, excluded,
         irregular, odd, tally_sum, source_tag, committed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      versionId,
      nodeId,
      range.from,
      range.to,
      parcel.state,
      places,
      stored,
      blank,
      notText,
      excluded,
      irregular,
      JSON.stringify(parcel.odd),
      parcel.tally.sum,
      parcel.sourceTag,
      now,
    );
}

/** Writes that a part of a leaf needs no more requests under a selection; replaces what it overlaps under the same one. */
export function writeSettlement(database: Database, settlement: Settlement, now: number): void {
  const { nodeId, selection, limitSlots, excluded, raw } = settlement;
  const range = placeRange(settlement.range);
  const rows = database
    .query<{ from_path: Uint8Array; to_path: Uint8Array }, [number, string]>(
      "SELECT from_path, to_path FROM settled WHERE node_id = ? AND selection = ?",
    )
    .all(nodeId, selection);
  const remove = database.query("DELETE FROM settled WHERE node_id = ? AND selection = ? AND from_path = ?");
  for (const row of rows) {
    if (overlaps(range, placeRange(storedRange(row.from_path, row.to_path))))
      remove.run(nodeId, selection, row.from_path);
  }
  database
    .query(
      `INSERT INTO settled (node_id, from_path, to_path, selection, limit_slots, excluded, raw_count, raw_sum, settled_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(nodeId, range.from, range.to, selection, limitSlots, JSON.stringify(excluded), raw.count, raw.sum, now);
  healLeaf(database, settlement);
}

/**
 * Moves a version's holdings in a leaf over to what its settlements left out (`not-best`), so that the counts still add
 * up. Only settlements under a `best` selection left it out; its JSON begins with that word (core/selection.ts).
 */
export function settleAsLoser(
  drizzle: Drizzle,
  nodeId: number,
  versionId: number,
  loser: Omit<ExcludedVersion, "raw" | "reason">,
): void {
  const held = and(eq(holding.versionId, versionId), eq(holding.nodeId, nodeId));
  const holdings = drizzle.select().from(holding).where(held).all();
  for (const row of drizzle.select().from(settled).where(eq(settled.nodeId, nodeId)).all()) {
    if (!row.selection.startsWith('["best"')) continue;
    const part = holdings.find((candidate) => candidate.fromPath.equals(row.fromPath));
    if (part === undefined) continue;
    const entry: ExcludedVersion = { ...loser, reason: "not-best", raw: { count: part.stored, sum: part.tallySum } };
    const excluded: unknown = JSON.parse(row.excluded);
    drizzle
      .update(settled)
      .set({ excluded: JSON.stringify([...(Array.isArray(excluded) ? excluded : []), entry]) })
      .where(and(eq(settled.nodeId, nodeId), eq(settled.fromPath, row.fromPath), eq(settled.selection, row.selection)))
      .run();
  }
  drizzle.delete(holding).where(held).run();
}

/** True when a version's holdings reach over all top-level sections of a leaf. Parts of sections are not looked into. */
export function coversLeaf(database: Database, nodeId: number, versionId: number, shape: Shape): boolean {
  const sections = typeof shape === "number" ? shape : shape.length;
  const ranges = database
    .query<{ from_path: Uint8Array; to_path: Uint8Array }, [number, number]>(
      "SELECT from_path, to_path FROM holding WHERE version_id = ? AND node_id = ? ORDER BY from_path",
    )
    .all(versionId, nodeId);
  let next = 0;
  for (const row of ranges) {
    const range = storedRange(row.from_path, row.to_path);
    if (range === null) return true;
    if (range.from.length !== 1 || (range.from[0] ?? 0) > next) return false;
    next = Math.max(next, (range.to[0] ?? 0) + 1);
  }
  return next >= sections;
}
