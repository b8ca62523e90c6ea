import type {
  BookOutline,
  Changes,
  ChunkDraft,
  ChunkedParcel,
  ContentsEntry,
  LeafRange,
  LedgerEntry,
  LinkRow,
  ListedObject,
  PlainError,
  StampedEvent,
  VersionKey,
} from "@sofer/core";
import type { StoredBook, SplitHint, UnitRow, FailedItem, IndexRows } from "./rows.ts";
import type { LinkFileCounts, ResolvedLinks } from "./links.ts";
import type { UnitClose, BookClose, BookFlip, FinishLeaves } from "./ends.ts";

/**
 * What is called between `begin` and `commit` is one transaction. When something was thrown, `undo`: a call may then have
 * been done in part.
 */
export interface Together {
  /** @param isTrusted foreign keys are not looked up for what is written: 0.5 s of the 12.9 that 253 real books take */
  begin(isTrusted: boolean): void;
  commit(): void;
  undo(): void;
}

export interface LibraryWriter {
  readonly path: string;
  readonly together: Together;
  /** Run rows. */
  startRun(settings: string, now: number): number;
  endRun(runId: number, outcome: "whole" | "failures" | "interrupted" | "stopped", receipt: string, now: number): void;
  saveContents(baseUrl: string, entries: readonly ContentsEntry[], now: number): void;
  /**
   * Writes the book and its leaves (replacing shapes and records, keeping ids). Returns them with their ids.
   * @param schema its object, by the bucket
   */
  saveOutline(outline: BookOutline, position: number, now: number, schema?: ListedObject): StoredBook;
  planUnits(runId: number, units: readonly Pick<UnitRow, "id" | "kind" | "title">[]): void;
  /**
   * Commits one parcel in one IMMEDIATE transaction: version, segments, texts, chunks, holding; and, with `close`, the
   * unit's end and settlement. Counts and hashes the texts it was given again and throws `not-conserved` (nothing
   * written) when they differ from `parcel.tally` and `parcel.counts.stored`. Texts of the same version and range that
   * the parcel no longer has are removed, with their chunks and index rows. Idempotent.
   */
  commitParcel(parcel: ChunkedParcel, now: number, close?: UnitClose): Changes;
  /** Keeps a parcel of a book that is there already, without touching it. `ord`: order of arrival, from 0. */
  stageParcel(runId: number, unitId: string, ord: number, parcel: ChunkedParcel): void;
  /** Forgets what a unit staged; without one, what runs that ended staged. */
  clearStaged(runId?: number, unitId?: string): void;
  /** Makes a book of the bucket whole, in one transaction. @throws `too-many-vanish` */
  closeBook(close: BookClose, now: number): Changes;
  /** The flip of a refreshed book by the service. @throws `too-many-vanish`, and the old book stays. */
  flipBook(flip: BookFlip, finishLeaves: FinishLeaves, now: number): Changes;
  removeBook(title: string): Changes;
  saveMeta(key: string, value: string): void;
  /** Ends a unit that had no parcel. */
  closeUnit(close: UnitClose, now: number): void;
  /** Removes a version's rows from a leaf (a loser of `best` in a leaf fetched in parts), adds it to the settlement. */
  dropVersion(nodeId: number, version: VersionKey): void;
  /**
   * Replaces the chunks of one version of one leaf, or of a range of whole sections of it.
   * @param chunking how they were made, once the leaf has all; null: more are to come
   */
  replaceChunks(
    nodeId: number,
    version: VersionKey,
    range: LeafRange | null,
    chunks: readonly ChunkDraft[],
    segmentTextIds: readonly number[],
    chunking: string | null,
  ): void;
  /**
   * Before a repair: the next run asks for the leaf again and takes nothing in it for unchanged that is damaged; texts
   * that no holding ever proved are removed, and the bucket's objects that brought the versions are forgotten.
   * @param versions null: all.
   */
  unsettleLeaf(nodeId: number, versions: readonly VersionKey[] | null): void;
  /** Before a repair: the chunks of a version in a leaf count as missing. */
  forgetChunks(nodeId: number, version: VersionKey): void;
  /** Removes rows that point nowhere. */
  removeStrays(): void;
  saveSplitHint(hint: SplitHint, now: number): void;
  failUnit(runId: number, unitId: string, title: string, place: string, error: PlainError, now: number): void;
  /** Failures of units that need not be done any more, because what they were to bring is known or there. */
  resolveFailures(unitIds: readonly string[]): void;
  /** All failures of a book that were last seen before that time are over, except of these units. Returns how many. */
  closeFailures(title: string, before: number, except?: readonly string[]): number;
  /** Begins a file of links; read again, it replaces what it held. `tag`: see LinkSourceRow. */
  startLinks(source: string, tag: string): void;
  /** Rows of a file that was started, some thousand at a time. Rows of one file may come again. */
  addLinks(source: string, rows: readonly LinkRow[]): void;
  /** The file was read to its end: links that it does not have any more go. Returns how many. */
  finishLinks(source: string, counts: LinkFileCounts, now: number): number;
  /** After texts and links: places what can be placed now, and keeps the account. In slices; may be called any time. */
  resolveLinks(now: number): ResolvedLinks;
  /** Returns its id. `settings` take the place of those before. */
  saveSink(name: string, settings: string): number;
  /** What the store acknowledged. */
  recordPushed(sinkId: number, entries: readonly LedgerEntry[]): void;
  /** What it acknowledged to be gone. */
  recordRemoved(sinkId: number, ids: readonly string[]): void;
  failItems(items: readonly FailedItem[], now: number): void;
  /** Keeps events of a run, in their order. Those of runs long ago go when a run starts. */
  recordEvents(events: readonly StampedEvent[]): void;
  /**
   * Puts the texts into the full-text index that were written next after the last that is there, so many at most. Returns
   * how many there were, and their UTF-16 units.
   */
  indexNext(limit: number): { readonly rows: number; readonly units: number };
  /** Puts texts into the full-text index (Library.unindexedTexts says which), but for those that are there by now. */
  addToIndex(rows: IndexRows): void;
  /** After a load: makes searches in a large library faster, some ms at a time. False: nothing is left to be done. */
  mergeIndex(): boolean;
  /** Builds the full-text index over everything not yet in it, by this thread alone; returns rows added. In slices. */
  buildIndex(): number;
  checkpoint(): void;
  close(): void;
}
