import type { Changes, Leaf, PlaceCounts, PlainError, VersionMeta } from "@sofer/core";
import type { BookClose, BookFlip, LibraryWriter, UnitClose } from "@sofer/store";
import type { ParcelHead, RowBatch } from "../protocol.ts";
import type { WriterSpent } from "../spent.ts";
import type { FinishedSplit } from "../split-book.ts";

/** What coordinator and writer thread say to each other. One writer per library; it takes messages in order. */
export type ToWriter =
  | { readonly type: "batch"; readonly worker: number; readonly batch: RowBatch }
  | {
      readonly type: "parcel";
      readonly unitId: string;
      readonly bookTitle: string;
      readonly leaf: Leaf;
      readonly head: ParcelHead;
      /** The run whose waiting parcels it joins; null: it is committed at once. */
      readonly stagedIn: number | null;
    }
  /** `isStaged`: its parcels wait for their book, and so does its end. */
  | { readonly type: "text"; readonly close: UnitClose; readonly isStaged: boolean }
  | { readonly type: "book"; readonly close: BookClose }
  /** The unit's worker died, or it is done anew: forget the rows that came without an end. */
  | { readonly type: "abandon"; readonly unitId: string }
  | { readonly type: "call"; readonly id: number; readonly method: WriterMethod; readonly args: readonly unknown[] };

export type FromWriter =
  | { readonly type: "taken"; readonly worker: number; readonly bytes: number }
  | {
      readonly type: "committed";
      readonly unitId: string;
      readonly bookTitle: string;
      readonly version: string;
      readonly counts: PlaceCounts;
      /** None for a parcel that waits. */
      readonly changes: Changes;
      readonly chunks: number;
      readonly bytes: number;
    }
  | { readonly type: "unit-closed"; readonly unitId: string }
  | { readonly type: "book-closed"; readonly unitId: string; readonly isRefresh: boolean; readonly changes: Changes }
  | { readonly type: "unit-refused"; readonly unitId: string; readonly error: PlainError }
  | { readonly type: "result"; readonly id: number; readonly value?: unknown; readonly error?: PlainError };

type WriterCalls = Pick<
  LibraryWriter,
  | "startRun"
  | "endRun"
  | "saveContents"
  | "saveOutline"
  | "planUnits"
  | "closeUnit"
  | "clearStaged"
  | "removeBook"
  | "saveMeta"
  | "dropVersion"
  | "saveSplitHint"
  | "failUnit"
  | "resolveFailures"
  | "closeFailures"
  | "startLinks"
  | "addLinks"
  | "finishLinks"
  | "resolveLinks"
  | "saveSink"
  | "recordPushed"
  | "recordRemoved"
  | "failItems"
  | "recordEvents"
  | "checkpoint"
>;

/** The thread's own methods beside the store's. */
export interface ThreadCalls {
  open(path: string): void;
  /** Chunks every leaf of every version whose chunks are missing or of another making; returns how many leaves. */
  finishChunks(): number;
  buildIndex(): number;
  /** Where this thread's time went since it began. */
  spent(): WriterSpent;
  /** @param known the list of versions, where one is known: what a leaf's best was chosen from */
  flipBook(flip: BookFlip, splits: readonly FinishedSplit[], known: readonly VersionMeta[], now: number): Changes;
  close(): void;
}

export type WriterApi = WriterCalls & ThreadCalls;
export type WriterMethod = keyof WriterApi;
