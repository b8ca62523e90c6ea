import type { Database } from "bun:sqlite";
import { compareCodePoints, SoferError, type LinkRow } from "@sofer/core";
import type { LinkFileCounts } from "./api.ts";
import { forgetLinkAccount } from "./link-account.ts";
import type { PlaceFinder, SidePlace } from "./link-places.ts";
import { stringsOf } from "./rows.ts";

/** Begins to read a file of links again; what it held stays until finishLinks knows what it holds now. */
export function startLinks(database: Database, source: string, tag: string): void {
  database
    .query(
      `INSERT INTO link_source (name, load, tag, read, met, duplicate, invalid, unwanted)
       VALUES (?1, (SELECT ifnull(max(load), 0) + 1 FROM link_source), ?2, 0, 0, 0, 0, 0)
       ON CONFLICT (name) DO UPDATE SET load = excluded.load, tag = excluded.tag, read = 0, met = 0, duplicate = 0,
         invalid = 0, unwanted = 0, finished_at = NULL`,
    )
    .run(source, tag);
  forgetLinkAccount(database);
}

/** A pair with its refs in order: the same link whichever way round it was published. */
export function sorted(a: SidePlace, b: SidePlace): readonly [SidePlace, SidePlace] {
  return compareCodePoints(a.ref, b.ref) <= 0 ? [a, b] : [b, a];
}

/**
 * Rows of one file, resolved against the books that are there, each kept once. Prepared statements: a file has 300,000.
 * @throws SoferError `internal` when the file was not started.
 */
export function addLinks(database: Database, places: PlaceFinder, source: string, rows: readonly LinkRow[]): void {
  const load = database
    .query<{ load: number }, [string]>("SELECT load FROM link_source WHERE name = ? AND finished_at IS NULL")
    .get(source)?.load;
  if (load === undefined) throw new SoferError("internal", `links of ${source} came without its start`);
  const insert = database.query<{ id: number }, [string, string, string, string, number]>(
    `INSERT INTO link (ref_a, ref_b, type, sources, load) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (ref_a, ref_b, type) DO NOTHING RETURNING id`,
  );
  const writeSides = database.query(
    `INSERT INTO link_side (link_id, side, node_id, from_path, to_path, home, state)
     VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?)`,
  );
  const sources = JSON.stringify([source]);
  const isMetAgain = againFinder(database, source, load);
  let duplicate = 0;
  for (const row of rows) {
    const [a, b] = sorted(places.place(row.refs[0]), places.place(row.refs[1]));
    const id = insert.get(a.ref, b.ref, row.type, sources, load)?.id;
    if (id !== undefined) {
      writeSides.run(id, 0, a.nodeId, a.from, a.to, a.home, a.state, id, 1, b.nodeId, b.from, b.to, b.home, b.state);
    } else if (isMetAgain(a.ref, b.ref, row.type)) duplicate++;
  }
  countRows(database, source, rows.length - duplicate, duplicate);
  forgetLinkAccount(database);
}

export function countRows(database: Database, source: string, met: number, duplicate: number): void {
  database
    .query("UPDATE link_source SET met = met + ?, duplicate = duplicate + ? WHERE name = ?")
    .run(met, duplicate, source);
}

/** A link that is there already: notes that this load met it too. True when it had met it before. */
function againFinder(database: Database, source: string, load: number) {
  const find = database.query<{ id: number; sources: string; load: number }, [string, string, string]>(
    "SELECT id, sources, load FROM link WHERE ref_a = ? AND ref_b = ? AND type = ?",
  );
  const update = database.query("UPDATE link SET sources = ?, load = ? WHERE id = ?");
  return (a: string, b: string, type: string) => {
    const row = find.get(a, b, type);
    if (row === null) throw new SoferError("library", `a link of ${a} went while it was written`);
    const known = stringsOf(row.sources);
    if (row.load === load && known.includes(source)) return true;
    update.run(joinedSources(known, [source]), load, row.id);
    return false;
  };
}

export function joinedSources(a: readonly string[], b: readonly string[]): string {
  return JSON.stringify([...new Set([...a, ...b])].toSorted(compareCodePoints));
}

export function writeSide(database: Database, linkId: number, side: 0 | 1, place: SidePlace): void {
  database
    .query(
      `INSERT INTO link_side (link_id, side, node_id, from_path, to_path, home, state) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (link_id, side) DO UPDATE SET node_id = excluded.node_id, from_path = excluded.from_path,
         to_path = excluded.to_path, home = excluded.home, state = excluded.state`,
    )
    .run(linkId, side, place.nodeId, place.from, place.to, place.home, place.state);
}

/** The file was read to its end: what it held before and does not hold now goes. Returns how many links went. */
export function finishLinks(database: Database, source: string, counts: LinkFileCounts, now: number): number {
  const load = database
    .query<{ load: number }, [number, number, number, number, string]>(
      "UPDATE link_source SET read = ?, invalid = ?, unwanted = ?, finished_at = ? WHERE name = ? RETURNING load",
    )
    .get(counts.read, counts.invalid, counts.unwanted, now, source)?.load;
  if (load === undefined) throw new SoferError("internal", `links of ${source} came without its start`);
  const unmet = database
    .query<{ id: number; sources: string }, [number, string]>(
      "SELECT id, sources FROM link WHERE load < ? AND instr(sources, ?) > 0",
    )
    .all(load, JSON.stringify(source));
  let removed = 0;
  for (const { id, sources } of unmet) {
    const others = stringsOf(sources).filter((name) => name !== source);
    if (others.length > 0) {
      database.query("UPDATE link SET sources = ? WHERE id = ?").run(JSON.stringify(others), id);
      continue;
    }
    removeLink(database, id);
    removed++;
  }
  forgetLinkAccount(database);
  return removed;
}

export function removeLink(database: Database, id: number): void {
  database.query("DELETE FROM link_side WHERE link_id = ?").run(id);
  database.query("DELETE FROM link WHERE id = ?").run(id);
}
