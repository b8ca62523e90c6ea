import type { Database } from "bun:sqlite";
import { formatRange, pathToBytes, type Path, type RefIndex } from "@sofer/core";
import type { LinkState } from "./api.ts";
import type { CitedLeaf } from "./cited-books.ts";
import { after } from "./place-range.ts";

/** One side of a link as a row of link_side says it, with its ref as `link` says it. */
export interface SidePlace {
  /** In normal form where the place is known; as published where not. */
  readonly ref: string;
  readonly nodeId: number | null;
  readonly from: Uint8Array | null;
  readonly to: Uint8Array | null;
  readonly home: Uint8Array | null;
  readonly state: LinkState;
}

/** Refs of one file come many times over; the file is sorted by one of its sides. */
const REMEMBERED = 20_000;

/** Finds where citations lie in the library, with what it found lately in mind. One for each slice of work. */
export class PlaceFinder {
  readonly #index: RefIndex<CitedLeaf>;
  readonly #hasText: (nodeId: number, from: Uint8Array, before: Uint8Array) => boolean;
  readonly #found = new Map<string, SidePlace>();

  constructor(database: Database, index: RefIndex<CitedLeaf>) {
    this.#index = index;
    this.#hasText = segmentFinder(database);
  }

  place(citation: string): SidePlace {
    const known = this.#found.get(citation);
    if (known !== undefined) return known;
    const place = this.#find(citation);
    if (this.#found.size >= REMEMBERED) this.#found.clear();
    this.#found.set(citation, place);
    return place;
  }

  #find(citation: string): SidePlace {
    const found = this.#index.find(citation);
    if ("none" in found) {
      return { ref: citation, nodeId: null, from: null, to: null, home: null, state: found.none };
    }
    const { nodeId, leaf } = found.at;
    const from = pathToBytes(found.from);
    return {
      ref: formatRange(leaf, found.from, found.to),
      nodeId,
      from,
      to: pathToBytes(found.to),
      home: pathToBytes(homeOf(found.from, found.to)),
      state: this.#hasText(nodeId, from, after(found.to)) ? "placed" : "beyond",
    };
  }
}

/** What two paths begin with in common: the smallest place that holds the whole range. */
export function homeOf(from: Path, to: Path): Path {
  const differs = from.findIndex((index, level) => index !== to[level]);
  return differs < 0 ? from : from.slice(0, differs);
}

/** Whether any segment lies from a place to just before another. */
export function segmentFinder(database: Database) {
  const find = database.query<{ found: number }, [number, Uint8Array, Uint8Array]>(
    "SELECT 1 AS found FROM segment WHERE node_id = ? AND path >= ? AND path < ? LIMIT 1",
  );
  return (nodeId: number, from: Uint8Array, before: Uint8Array) => find.get(nodeId, from, before) !== null;
}
