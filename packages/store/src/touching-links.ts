import type { Database } from "bun:sqlite";
import { pathToBytes, type Path } from "@sofer/core";
import type { LinkState } from "./api.ts";
import { after } from "./place-range.ts";

/** A link seen from one of its sides. */
export interface TouchingLink {
  readonly linkId: number;
  readonly type: string;
  /** Ref of this side: it touches the stretch, and may be longer or shorter. */
  readonly here: string;
  /** The other side. */
  readonly ref: string;
  readonly nodeId: number | null;
  readonly from: Uint8Array | null;
  readonly to: Uint8Array | null;
  readonly state: LinkState;
}

const COLUMNS = `l.id AS linkId, l.type, CASE s.side WHEN 0 THEN l.ref_a ELSE l.ref_b END AS here,
  CASE s.side WHEN 0 THEN l.ref_b ELSE l.ref_a END AS ref,
  o.node_id AS nodeId, o.from_path AS "from", o.to_path AS "to", o.state
  FROM link_side s CROSS JOIN link l ON l.id = s.link_id
  CROSS JOIN link_side o ON o.link_id = s.link_id AND o.side = 1 - s.side`;

/** A side that overlaps the stretch: it begins before its end, and ends, with all its last place contains, after its start. */
const OVERLAPS = `s.from_path < ?2 AND (s.to_path >= ?3 OR substr(?3, 1, length(s.to_path)) = s.to_path)`;

/**
 * Links with a side that overlaps the stretch from one place to another (inclusive, with all they contain). Their homes
 * lie in the stretch, or contain its first place (see link_side.home): one range of the index, and one key for each
 * level above. CROSS JOIN fixes the order: sides first.
 */
export function linksTouching(database: Database, nodeId: number, from: Path, to: Path): TouchingLink[] {
  const before = after(to);
  const first = pathToBytes(from);
  const inside = database.query<TouchingLink, [number, Uint8Array, Uint8Array]>(
    `SELECT ${COLUMNS} WHERE s.node_id = ?1 AND s.home >= ?3 AND s.home < ?2 AND ${OVERLAPS}`,
  );
  const above = database.query<TouchingLink, [number, Uint8Array, Uint8Array, Uint8Array]>(
    `SELECT ${COLUMNS} WHERE s.node_id = ?1 AND s.home = ?4 AND ${OVERLAPS}`,
  );
  const found = inside.all(nodeId, before, first);
  for (let level = from.length - 1; level >= 0; level--) {
    found.push(...above.all(nodeId, before, first, pathToBytes(from.slice(0, level))));
  }
  return found;
}
