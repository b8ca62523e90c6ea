import type { Database } from "bun:sqlite";
import { pathFromBytes } from "@sofer/core";
import type { ResolvedLinks } from "./api.ts";
import { citationFingerprint, citationIndex } from "./cited-books.ts";
import { accountLinks, forgetLinkAccount, keepLinkAccount } from "./link-account.ts";
import { PlaceFinder, segmentFinder } from "./link-places.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { after } from "./place-range.ts";
import { stringsOf } from "./rows.ts";
import { countRows, joinedSources, removeLink, sorted, writeSide } from "./write-links.ts";

/** Links or sides per transaction: some tens of ms. */
const SLICE_ROWS = 5_000;

/** What the dangling links were last tried against, and when places were last compared with texts (ms since the epoch). */
const TRIED_KEY = "links_tried_against";
const CHECKED_KEY = "links_checked_at";

/**
 * After texts came: tries dangling sides again when books came or changed, compares the places of links with the texts
 * that changed, and keeps the account. With nothing new it reads the books' titles and ends. In slices, each a
 * transaction; killed between two, the next call does the rest.
 */
export function resolveLinks(database: Database, now: number): ResolvedLinks {
  const dangling = tryDangling(database);
  const recheckedSides = checkPlaces(database, now);
  database.transaction(() => keepLinkAccount(database, accountLinks(database))).immediate();
  return { ...dangling, recheckedSides };
}

function tryDangling(database: Database): { resolvedSides: number; mergedLinks: number } {
  const sum = { resolvedSides: 0, mergedLinks: 0 };
  const fingerprint = citationFingerprint(database);
  if (readMeta(database, TRIED_KEY) === fingerprint) return sum;
  const page = database.query<{ id: number }, [number, number]>(
    `SELECT DISTINCT link_id AS id FROM link_side INDEXED BY link_side_dangling
     WHERE node_id IS NULL AND link_id > ? ORDER BY link_id LIMIT ?`,
  );
  const index = citationIndex(database);
  let last = 0;
  do {
    const ids = database
      .transaction(() => {
        const slice = page.all(last, SLICE_ROWS);
        const places = new PlaceFinder(database, index);
        for (const { id } of slice) {
          const { resolved, isMerged } = tryLink(database, places, id);
          sum.resolvedSides += resolved;
          if (isMerged) sum.mergedLinks++;
        }
        if (slice.length > 0) forgetLinkAccount(database);
        return slice;
      })
      .immediate();
    last = ids.length < SLICE_ROWS ? 0 : (ids.at(-1)?.id ?? 0);
  } while (last > 0);
  database.transaction(() => writeMeta(database, TRIED_KEY, fingerprint)).immediate();
  return sum;
}

interface LinkRow {
  readonly ref_a: string;
  readonly ref_b: string;
  readonly type: string;
  readonly sources: string;
  readonly load: number;
}

/**
 * A link whose refs are read anew. In normal form it may be one that is there already (two spellings of a title, or two
 * ways to write a range): then the two become one.
 */
function tryLink(database: Database, places: PlaceFinder, id: number): { resolved: number; isMerged: boolean } {
  const row = database
    .query<LinkRow, [number]>("SELECT ref_a, ref_b, type, sources, load FROM link WHERE id = ?")
    .get(id);
  if (row === null) return { resolved: 0, isMerged: false };
  const danglingBefore =
    database
      .query<{ sides: number }, [number]>(
        "SELECT count(*) AS sides FROM link_side WHERE link_id = ? AND node_id IS NULL",
      )
      .get(id)?.sides ?? 0;
  const [a, b] = sorted(places.place(row.ref_a), places.place(row.ref_b));
  const resolved = danglingBefore - [a, b].filter((place) => place.nodeId === null).length;
  if (a.ref !== row.ref_a || b.ref !== row.ref_b) {
    const twin = database
      .query<{ id: number; sources: string; load: number }, [string, string, string, number]>(
        "SELECT id, sources, load FROM link WHERE ref_a = ? AND ref_b = ? AND type = ? AND id <> ?",
      )
      .get(a.ref, b.ref, row.type, id);
    if (twin !== null) {
      const known = stringsOf(twin.sources);
      const sources = joinedSources(known, stringsOf(row.sources));
      // Where one file has both, its second row says the same as its first.
      for (const source of stringsOf(row.sources)) if (known.includes(source)) countRows(database, source, -1, 1);
      database
        .query("UPDATE link SET sources = ?, load = ? WHERE id = ?")
        .run(sources, Math.max(twin.load, row.load), twin.id);
      removeLink(database, id);
      return { resolved: 0, isMerged: true };
    }
    database.query("UPDATE link SET ref_a = ?, ref_b = ? WHERE id = ?").run(a.ref, b.ref, id);
  }
  writeSide(database, id, 0, a);
  writeSide(database, id, 1, b);
  return { resolved, isMerged: false };
}

interface SideRow {
  readonly link_id: number;
  readonly side: number;
  readonly home: Uint8Array;
  readonly from_path: Uint8Array;
  readonly to_path: Uint8Array;
  readonly state: string;
}

/** Sides in leaves whose texts changed since the last check: whether there is text where they lie. */
function checkPlaces(database: Database, now: number): number {
  const since = Number(readMeta(database, CHECKED_KEY) ?? 0);
  const touched = database
    .query<{ nodeId: number }, [number]>(
      `SELECT node_id AS nodeId FROM holding WHERE committed_at >= ?1
       UNION SELECT node_id FROM settled WHERE settled_at >= ?1`,
    )
    .all(since);
  const page = database.query<SideRow, [number, Uint8Array, number, number, number]>(
    `SELECT link_id, side, home, from_path, to_path, state FROM link_side
     WHERE node_id = ? AND (home, link_id, side) > (?, ?, ?) ORDER BY home, link_id, side LIMIT ?`,
  );
  const hasText = segmentFinder(database);
  const update = database.query("UPDATE link_side SET state = ? WHERE link_id = ? AND side = ?");
  let changed = 0;
  for (const { nodeId } of touched) {
    let last: SideRow | undefined;
    do {
      const rows: SideRow[] = database
        .transaction(() => {
          const slice = page.all(
            nodeId,
            last?.home ?? new Uint8Array(0),
            last?.link_id ?? 0,
            last?.side ?? 0,
            SLICE_ROWS,
          );
          for (const side of slice) {
            const isThere = hasText(nodeId, side.from_path, after(pathFromBytes(side.to_path)));
            const state = isThere ? "placed" : "beyond";
            if (state === side.state) continue;
            update.run(state, side.link_id, side.side);
            changed++;
          }
          return slice;
        })
        .immediate();
      last = rows.length < SLICE_ROWS ? undefined : rows.at(-1);
    } while (last !== undefined);
  }
  database.transaction(() => writeMeta(database, CHECKED_KEY, String(now))).immediate();
  return changed;
}
