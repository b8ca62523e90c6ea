import type {
  Changes,
  ChunkDraft,
  Leaf,
  LeafRange,
  PlaceCounts,
  PlainError,
  VersionKey,
  VersionMeta,
} from "@sofer/core";
import type { BookClose, BookFlip, IndexRows, LibraryWriter, UnitClose } from "@sofer/store";
import type { PackedRows } from "../packed-rows.ts";
import type { ParcelHead, RowBatch } from "../protocol.ts";
import type { WriterSpent } from "../spent.ts";
import type { FinishedSplit } from "../split-book.ts";
import type { PackedChunks } from "./packed-chunks.ts";

/**
 * What coordinator, chunker thread and writer thread say to each other. One of each per library. Whatever the coordinator
 * says goes through the chunker, once rows have, so that all of it comes to the writer in the order it was said.
 */
export type ToChunker =
  | Passed
  | { readonly type: "batch"; readonly worker: number; readonly batch: RowBatch }
  | {
      readonly type: "parcel";
      readonly unitId: string;
      readonly bookTitle: string;
      readonly leaf: Leaf;
      readonly head: ParcelHead;
      /** The run whose waiting parcels it joins; null: it is committed at once. */
      readonly stagedIn: number | null;
    };

/** What the chunker passes on as it is. */
export type Passed =
  /** `isStaged`: its parcels wait for their book, and so does its end. */
  | { readonly type: "text"; readonly close: UnitClose; readonly isStaged: boolean }
  | { readonly type: "book"; readonly close: BookClose }
  /** The unit's worker died, or it is done anew: forget the rows that came without an end. */
  | { readonly type: "abandon"; readonly unitId: string }
  | { readonly type: "call"; readonly id: number; readonly method: WriterMethod; readonly args: readonly unknown[] };

/** A parcel on its way from the chunker to the writer. */
export interface ParcelInHand {
  readonly bookTitle: string;
  readonly head: ParcelHead;
  readonly rows: readonly PackedRows[];
  /** Beside the rows. */
  readonly tokens: Uint32Array;
  /** null: the leaf is chunked when it is whole. */
  readonly chunks: PackedChunks | null;
  /** Of its batches. */
  readonly bytes: number;
}

/** Chunks of one version of a leaf whose texts are in the library, or of some of its top-level sections. */
export interface LeafChunks {
  readonly nodeId: number;
  readonly version: VersionKey;
  /** null: the whole leaf. */
  readonly range: LeafRange | null;
  /** How they were made, with the last of the leaf; null: more are to come. */
  readonly chunking: string | null;
  readonly chunks: readonly ChunkDraft[];
  readonly segmentTextIds: readonly number[];
}

export type ToWriter =
  | Passed
  | { readonly type: "chunked"; readonly unitId: string; readonly held: ParcelInHand; readonly stagedIn: number | null }
  /** The chunker could not make a parcel of what came. */
  | { readonly type: "refuse"; readonly unitId: string; readonly error: PlainError }
  | { readonly type: "leaf-chunks"; readonly leaf: LeafChunks; readonly bytes: number }
  | { readonly type: "index-rows"; readonly rows: IndexRows; readonly bytes: number }
  | { readonly type: "call-failed"; readonly id: number; readonly error: PlainError }
  /** Brings the port on which the chunker says all of the above from now on. */
  | { readonly type: "chunker"; readonly port: MessagePort };

/** The chunker's first message: the writer's end, and where the library is. */
export interface ChunkerStart {
  readonly type: "start";
  readonly port: MessagePort;
  readonly libraryPath: string;
}

/** By the port, after each parcel and each leaf's chunks: what the chunker may have on the way is bounded. */
export interface Handled {
  readonly bytes: number;
}

/** A batch was gathered: its worker may send as much again. */
export interface FromChunker {
  readonly type: "taken";
  readonly worker: number;
  readonly bytes: number;
}

export type FromWriter =
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
  | "mergeIndex"
  | "checkpoint"
>;

/** The thread's own methods beside the store's. */
export interface ThreadCalls {
  open(path: string): void;
  /**
   * Chunks every leaf of every version whose chunks are missing or of another making; returns how many leaves. The chunker
   * does it, and passes the number on.
   */
  finishChunks(leaves?: number): number;
  /**
   * Puts every text into the index that is not there yet. The chunker reads them, and passes their number on. Returns how many
   * came in since the last time, those included that came in while the writer waited.
   */
  buildIndex(rows?: number): number;
  /** Where the time of both threads went since they began. @param chunkMs the chunker's, which it adds on the way */
  spent(chunkMs?: number): WriterSpent;
  /** @param known the list of versions, where one is known: what a leaf's best was chosen from */
  flipBook(flip: BookFlip, splits: readonly FinishedSplit[], known: readonly VersionMeta[], now: number): Changes;
  close(): void;
}

export type WriterApi = WriterCalls & ThreadCalls;
export type WriterMethod = keyof WriterApi;
