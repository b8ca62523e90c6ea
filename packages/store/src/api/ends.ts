import type { BookOutline, BookSettlement, ListedObject, Settlement, VersionKey } from "@sofer/core";
import type { HoldingRow } from "./rows.ts";

/** Everything of one finished unit that is written in the transaction of its last parcel. */
export interface UnitClose {
  readonly runId: number;
  readonly unitId: string;
  readonly title: string;
  readonly requests: number;
  readonly bytes: number;
  readonly settlement: Settlement | null;
}

/** Everything of one finished book unit. */
export interface BookClose {
  readonly runId: number;
  readonly unitId: string;
  readonly title: string;
  readonly requests: number;
  readonly bytes: number;
  readonly settlement: BookSettlement;
  /** The unit's leaves: what negative node ids stand for. */
  readonly leaves: readonly { readonly nodeId: number; readonly title: string }[];
  readonly schema: ListedObject;
  /** Names of objects that the bucket does not have any more. */
  readonly gone: readonly string[];
  /** A schema that has changed: it takes the old one's place together with the texts. */
  readonly outline: { readonly outline: BookOutline; readonly position: number } | null;
  /** True: its parcels were staged. */
  readonly isRefresh: boolean;
  /** Percent of the book's segments that may vanish. */
  readonly maxDelete: number;
}

/** A book that the service was asked for anew: what waits takes the place of what is there. */
export interface BookFlip {
  readonly runId: number;
  readonly title: string;
  /** The book's leaves as they were asked for: what negative node ids stand for. */
  readonly leaves: readonly { readonly nodeId: number; readonly title: string }[];
  /** What the book is now; null: as the library has it. */
  readonly outline: { readonly outline: BookOutline; readonly position: number } | null;
  /** The ends of its units, whose parcels were staged. */
  readonly closes: readonly UnitClose[];
  /** Leaves of which it is known what the source has (versionId): other versions go. */
  readonly present: readonly { readonly nodeId: number; readonly versions: readonly string[] }[];
  /** Percent of the book's segments that may vanish. */
  readonly maxDelete: number;
}

/**
 * What follows for leaves that came in parts, once all of them are written: versions that another one has won, and how
 * the leaves are settled. `nodeIds`: the library's id of a leaf that had none when it was asked for.
 */
export type FinishLeaves = (
  holdings: readonly HoldingRow[],
  nodeIds: (nodeId: number) => number,
) => {
  readonly dropped: readonly { readonly nodeId: number; readonly version: VersionKey }[];
  readonly closes: readonly UnitClose[];
};
