import type { Database } from "bun:sqlite";
import type { ResolvedLinks } from "./api.ts";
import { citationFingerprint, citationIndex } from "./cited-books.ts";
import { accountLinks, forgetLinkAccount, hasLinkAccount, keepLinkAccount } from "./link-account.ts";
import { PlaceFinder } from "./link-places.ts";
import { readMeta, removeMeta, writeMeta } from "./meta.ts";
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
  if (database.query("SELECT 1 FROM link_source LIMIT 1").get() === null)
    return { resolvedSides: 0, mergedLinks: 0, recheckedSides: 0 };
  const dangling = tryDangling(database);
  const recheckedSides = checkPlaces(database, now);
  // Whatever changed a link has forgotten it; counting millions of links takes as long as a whole refresh may.
  if (!hasLinkAccount(database)) {
    database.transaction(() => keepLinkAccount(database, accountLinks(database))).immediate();
  }
  return { ...dangling, recheckedSides };
}

/** Before the first links come: they are tried against the books as they are now, and need not be tried again while those stay. */
export function expectLinks(database: Database): void {
  if (database.query("SELECT 1 FROM link LIMIT 1").get() !== null) return;
  writeMeta(database, TRIED_KEY, citationFingerprint(database));
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
        const places = new PlaceFinder(index);
        for (const { id } of slice) {
          const { resolved, isMerged } = tryLink(database, places, id);
          sum.resolvedSides += resolved;
          if (isMerged) sum.mergedLinks++;
        }
        if (slice.length > 0) forgetLinkAccount(database);
        // Sides that were placed are compared with the texts, as when links come.
        if (sum.resolvedSides > 0) removeMeta(database, CHECKED_KEY);
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

/** Whether there is a segment where side `s` lies: the first one from its start on is not beyond its end. */
const HAS_TEXT = `ifnull((SELECT p.path <= s.to_path OR substr(p.path, 1, length(s.to_path)) = s.to_path
  FROM segment p WHERE p.node_id = s.node_id AND p.path >= s.from_path ORDER BY p.path LIMIT 1), 0)`;

interface WrongState {
  readonly linkId: number;
  readonly side: number;
}

/**
 * Compares places with texts: in the leaves whose texts changed since the last time, in all of them when links came.
 * Leaf by leaf, each a transaction; only sides of which the answer changed are written.
 */
function checkPlaces(database: Database, now: number): number {
  const since = Number(readMeta(database, CHECKED_KEY) ?? 0);
  const leaves = database
    .query<{ nodeId: number }, [number]>(
      `SELECT n.id AS nodeId FROM node n WHERE EXISTS (SELECT 1 FROM link_side s WHERE s.node_id = n.id) AND (
         EXISTS (SELECT 1 FROM link_source WHERE finished_at IS NULL OR finished_at >= ?1)
         OR n.id IN (SELECT node_id FROM holding WHERE committed_at >= ?1 UNION SELECT node_id FROM settled WHERE settled_at >= ?1))`,
    )
    .all(since);
  const wrong = database.query<WrongState, [number]>(
    `SELECT s.link_id AS linkId, s.side FROM link_side s WHERE s.node_id = ? AND ${HAS_TEXT} <> (s.state = 'placed')`,
  );
  const flip = database.query(
    "UPDATE link_side SET state = CASE state WHEN 'placed' THEN 'beyond' ELSE 'placed' END WHERE link_id = ? AND side = ?",
  );
  let changed = 0;
  for (const { nodeId } of leaves) {
    database
      .transaction(() => {
        const rows = wrong.all(nodeId);
        for (const { linkId, side } of rows) flip.run(linkId, side);
        if (rows.length > 0) forgetLinkAccount(database);
        changed += rows.length;
      })
      .immediate();
  }
  database.transaction(() => writeMeta(database, CHECKED_KEY, String(now))).immediate();
  return changed;
}
