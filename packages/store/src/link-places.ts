import { formatRange, pathToBytes, type Path, type RefIndex } from "@sofer/core";
import type { LinkState } from "./api.ts";
import type { CitedLeaf } from "./cited-books.ts";

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
  readonly #found = new Map<string, SidePlace>();

  constructor(index: RefIndex<CitedLeaf>) {
    this.#index = index;
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
    const home = homeOf(found.from, found.to);
    const isOnePlace = home === found.from;
    return {
      ref: formatRange(leaf, found.from, found.to),
      nodeId,
      from,
      to: isOnePlace ? from : pathToBytes(found.to),
      home: isOnePlace ? from : pathToBytes(home),
      // Until checkPlaces compares it with the texts.
      state: "placed",
    };
  }
}

/** What two paths begin with in common: the smallest place that holds the whole range. */
export function homeOf(from: Path, to: Path): Path {
  const differs = from.findIndex((index, level) => index !== to[level]);
  return differs < 0 ? from : from.slice(0, differs);
}
