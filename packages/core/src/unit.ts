import type { FileFacts, ListedObject } from "./bucket.ts";
import type { LeafRange } from "./source.ts";
import type { Leaf } from "./schema-tree.ts";
import type { Selection } from "./selection.ts";
import type { Shape } from "./shape.ts";

/**
 * The words of the road.
 *
 * A **run** is one invocation with a frozen plan. A **unit** is one piece of work for a worker, at most one request in
 * flight; it is plain data, self-contained and idempotent, and has a state: `ready` -> `leased` -> `done` | `failed`,
 * back to `ready` when its worker dies or it is split. A **parcel** is what a unit brings for one version and one part
 * of a leaf, at most MAX_PARCEL_SEGMENTS segments and MAX_PARCEL_UNITS of text, but whole sections: it is committed whole, with its holding, or not at all. A
 * **holding** is what the library durably has, and how that was proven. What is left to do is plan minus holdings.
 */
export type UnitState = "ready" | "leased" | "done" | "failed";

/** M: one transaction of 76,000 segments stops a loop for 1.7 s; 20,000 stay well below half a second. */
export const MAX_PARCEL_SEGMENTS = 20_000;
/** UTF-16 units of its texts. Chunks are made of copies of them: M, one of 50 million took 500 MB on its way. */
export const MAX_PARCEL_UNITS = 2_000_000;

interface UnitBase {
  /** Unique in a run; says what it is, for logs: `text:Genesis:Genesis 1-20:all`. */
  readonly id: string;
  readonly bookTitle: string;
}

/** Bring the table of contents. */
export interface ContentsUnit extends UnitBase {
  readonly kind: "contents";
  readonly source: "service" | "bucket";
  /** Of the bucket; null: find it out. */
  readonly root: string | null;
}

/** Bring a book's schema and counts. */
export interface OutlineUnit extends UnitBase {
  readonly kind: "outline";
  /** The schema's object, by the bucket; absent by the service. */
  readonly object?: ListedObject;
}

/** Bring one page of the bucket's listing. */
export interface ListingUnit extends UnitBase {
  readonly kind: "listing";
  /** What stands before `json/` in the bucket; null: find it out first. */
  readonly root: string | null;
  /** Below the root. */
  readonly prefix: string;
  readonly pageToken: string | null;
  /** Position of the page, from 0. */
  readonly page: number;
}

/** Bring the published index of all files, when listing is refused. */
export interface IndexUnit extends UnitBase {
  readonly kind: "index";
}

/**
 * Bring a book's version files from the bucket, one after another. A file holds all leaves of one version, and neither
 * counts nor priorities are published apart from it, so only whoever has seen all candidates can choose the best.
 */
export interface BookUnit extends UnitBase {
  readonly kind: "book";
  /** Ids of leaves that the library does not have yet are negative. */
  readonly leaves: readonly { readonly nodeId: number; readonly leaf: Leaf }[];
  /** Files to download. */
  readonly objects: readonly ListedObject[];
  /** What earlier downloads said of the files that have not changed since. */
  readonly known: readonly FileFacts[];
  /** By leaf title: versions (versionId) of known files whose texts the library holds whole. */
  readonly stored: Readonly<Record<string, readonly string[]>>;
  /** By leaf title: versions the library holds and keeps, whatever this unit's selection says. */
  readonly retained: Readonly<Record<string, readonly string[]>>;
  readonly selection: Selection;
  /** First N slots of the book, in reading order of the union of its files; null: all. */
  readonly limitSlots: number | null;
  /** True: the book is there already, and what comes waits in `staged` until it can take its place at once. */
  readonly isRefresh: boolean;
}

/** Bring the list of a book's versions, without texts. */
export interface VersionsUnit extends UnitBase {
  readonly kind: "versions";
}

/** Bring text of one leaf, or of a part of it, in some versions. */
export interface TextUnit extends UnitBase {
  readonly kind: "text";
  /** Library's node id. */
  readonly nodeId: number;
  readonly leaf: Leaf;
  /** What the outline promises for the whole leaf. */
  readonly shape: Shape;
  readonly range: LeafRange | null;
  /** Asked of the source. */
  readonly versions: "all" | readonly string[];
  /** Kept of what it answers. */
  readonly selection: Selection;
  /**
   * False when `best` cannot be decided from this unit alone (the leaf is fetched in parts): then every candidate is
   * kept, and the leaf is settled when its last part is in.
   */
  readonly decidesBest: boolean;
  /** Slots from this 0-based position of the leaf's reading order on are excluded (`--limit`); null: none. */
  readonly limitSlots: number | null;
}

export type Unit = ContentsUnit | OutlineUnit | VersionsUnit | TextUnit | ListingUnit | IndexUnit | BookUnit;
