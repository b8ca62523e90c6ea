import type { Database } from "bun:sqlite";
import { pathToBytes, SoferError, type Path } from "@sofer/core";
import type { LinkState } from "./api.ts";
import { after } from "./place-range.ts";

/** A link seen from one of its sides. */
export interface TouchingLink {
  readonly linkId: number;
  /** The side it is seen from. */
  readonly side: 0 | 1;
  readonly type: string;
  /** Ref of this side: it touches the stretch, and may be longer or shorter. */
  readonly here: string;
  /** Ref of the other side. */
  readonly ref: string;
}

/** Where a side of a link lies. */
export interface LinkPlace {
  readonly nodeId: number | null;
  readonly from: Uint8Array | null;
  readonly to: Uint8Array | null;
  readonly state: LinkState;
}

/** A side that overlaps the stretch: it begins before its end, and ends, with all its last place contains, after its start. */
const OVERLAPS = `s.from_path < ?2 AND (s.to_path >= ?3 OR substr(?3, 1, length(s.to_path)) = s.to_path)`;

interface Side {
  readonly linkId: number;
  readonly side: 0 | 1;
}

/**
 * Links with a side that overlaps the stretch from one place to another (inclusive, with all they contain). Their homes
 * lie in the stretch, or contain its first place (see link_side.home): one range of the index, and one key for each
 * level above.
 *
 * One table for each statement: M, bun:sqlite takes 1 us to run each of these, and 15 to 40 us to run their join.
 */
export function linksTouching(database: Database, nodeId: number, from: Path, to: Path): TouchingLink[] {
  const before = after(to);
  const first = pathToBytes(from);
  const inside = database.query<Side, [number, Uint8Array, Uint8Array]>(
    `SELECT s.link_id AS linkId, s.side FROM link_side s
     WHERE s.node_id = ?1 AND s.home >= ?3 AND s.home < ?2 AND ${OVERLAPS}`,
  );
  const above = database.query<Side, [number, Uint8Array, Uint8Array, Uint8Array]>(
    `SELECT s.link_id AS linkId, s.side FROM link_side s WHERE s.node_id = ?1 AND s.home = ?4 AND ${OVERLAPS}`,
  );
  const found = inside.all(nodeId, before, first);
  for (let level = from.length - 1; level >= 0; level--) {
    for (const side of above.all(nodeId, before, first, pathToBytes(from.slice(0, level)))) found.push(side);
  }
  return found.map((side) => seenFrom(database, side));
}

function seenFrom(database: Database, { linkId, side }: Side): TouchingLink {
  const link = database
    .query<{ type: string; a: string; b: string }, [number]>(
      "SELECT type, ref_a AS a, ref_b AS b FROM link WHERE id = ?",
    )
    .get(linkId);
  if (link === null) throw new SoferError("library", `a side of link ${linkId} has no link`);
  const [here, ref] = side === 0 ? [link.a, link.b] : [link.b, link.a];
  return { linkId, side, type: link.type, here, ref };
}

/** Where the side lies that a link is not seen from. */
export function otherPlace(database: Database, { linkId, side }: Side): LinkPlace {
  const place = database
    .query<LinkPlace, [number, number]>(
      `SELECT node_id AS nodeId, from_path AS "from", to_path AS "to", state FROM link_side WHERE link_id = ? AND side = ?`,
    )
    .get(linkId, 1 - side);
  if (place === null) throw new SoferError("library", `link ${linkId} has one side only`);
  return place;
}
