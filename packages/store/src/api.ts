import type {
  BookOutline,
  BookSettlement,
  Changes,
  ChunkDraft,
  ChunkLine,
  ChunkedParcel,
  ContentsEntry,
  ExcludedVersion,
  FileFacts,
  Language,
  Leaf,
  LeafRange,
  LedgerEntry,
  LinkRow,
  ListedObject,
  NoPlace,
  OddPlace,
  Path,
  PlainError,
  RefIndex,
  Settlement,
  Shape,
  StampedEvent,
  Unit,
  UnitState,
  VersionKey,
} from "@sofer/core";
import type { Qrel } from "./evaluate/api.ts";
import type { MakeQrelsOptions } from "./evaluate/make-qrels.ts";
import type { SearchAnswer, SearchRequest } from "./search/api.ts";

/**
 * The store's two faces: a writer (one per library, in the coordinator's writer thread) and a reader (anybody, any
 * number). All calls are synchronous, as SQLite is; the writer's are one IMMEDIATE transaction each.
 */

/** A leaf as the library knows it. */
export interface StoredLeaf {
  readonly nodeId: number;
  readonly leaf: Leaf;
  readonly shape: Shape;
}

export interface StoredBook {
  readonly bookId: number;
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  readonly isComplex: boolean;
  readonly checkedAt: number;
  readonly leaves: readonly StoredLeaf[];
}

export interface HoldingRow {
  readonly nodeId: number;
  readonly version: VersionKey;
  /** null: the whole leaf. */
  readonly range: LeafRange | null;
  readonly state: "done" | "limited";
  readonly places: number;
  readonly stored: number;
  readonly blank: number;
  readonly notText: number;
  readonly excluded: number;
  readonly irregular: number;
  readonly odd: readonly OddPlace[];
  readonly tallySum: string;
}

export interface SettledRow {
  readonly nodeId: number;
  readonly range: LeafRange | null;
  readonly selection: string;
  readonly limitSlots: number | null;
  readonly excluded: readonly ExcludedVersion[];
  readonly settledAt: number;
}

/** An object of the bucket as it was when the library took it. */
export interface SourceObject {
  readonly kind: "schema" | "text";
  readonly object: ListedObject;
  /** null for a schema. */
  readonly facts: FileFacts | null;
  readonly fetchedAt: number;
}

export interface SplitHint {
  readonly nodeId: number;
  readonly versionsPerRequest: number | null;
  readonly slotsPerRequest: number | null;
  readonly why: string;
}

export interface FailureRow {
  readonly title: string;
  readonly place: string;
  readonly unitId: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly causes: readonly string[];
  readonly url: string | null;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface UnitRow {
  readonly id: string;
  readonly kind: Exclude<Unit["kind"], "contents">;
  readonly title: string;
  readonly state: Exclude<UnitState, "leased">;
  readonly requests: number;
  readonly bytes: number;
}

/** Everything of one finished unit that is written in the transaction of its last parcel. */
export interface UnitClose {
  readonly runId: number;
  readonly unitId: string;
  readonly title: string;
  readonly requests: number;
  readonly bytes: number;
  readonly settlement: Settlement | null;
}

/** Where one side of a link lies: in text (or not yet compared with it), beyond it, or nowhere known, with the reason (core NoPlace). */
export type LinkState = "placed" | "beyond" | NoPlace;

/** What a reader says of a links file when it has read it to its end. */
export interface LinkFileCounts {
  /** Rows, the header not counted. */
  readonly read: number;
  readonly invalid: number;
  /** Rows that touch no wanted book. */
  readonly unwanted: number;
}

/** read = met + duplicate + invalid + unwanted, once it was read to its end. */
export interface LinkSourceRow extends LinkFileCounts {
  readonly name: string;
  /** What it was made of: equal to the last one, it need not be read again. */
  readonly tag: string;
  /** Different links. */
  readonly met: number;
  readonly duplicate: number;
  /** ms since the epoch; null: not read to its end. */
  readonly finishedAt: number | null;
}

export interface LinkTypeCounts {
  /** As published; "" is a type. */
  readonly type: string;
  readonly links: number;
  readonly resolved: number;
}

/** read = stored + duplicate + invalid + unwanted; stored = resolved + dangling. */
export interface LinkAccount extends LinkFileCounts {
  /** False: links came since places were last compared with the texts, and `beyond` is not known. */
  readonly isChecked: boolean;
  readonly sources: readonly LinkSourceRow[];
  readonly stored: number;
  /** Rows that say a link again, in the same file or another. */
  readonly duplicate: number;
  /** Both sides are places of the library. */
  readonly resolved: number;
  readonly dangling: number;
  /** Of the dangling: one side is a place of the library. */
  readonly oneSided: number;
  /** Of the resolved: a side lies where there is no text. */
  readonly beyond: number;
  /** Both sides of all links, by where they lie. */
  readonly sides: Readonly<Record<LinkState, number>>;
  readonly types: readonly LinkTypeCounts[];
}

/** The library's books, by what they are cited by. */
export interface Citations extends Pick<RefIndex<Pick<StoredLeaf, "nodeId" | "leaf">>, "find" | "touches"> {
  /** Hex; changes when books, or names they go by, come or go: then files of links have other wanted rows. */
  readonly booksHash: string;
}

export interface ResolvedLinks {
  /** Sides that were dangling and are placed now. */
  readonly resolvedSides: number;
  /** Links that turned out to be another one, spelt differently. */
  readonly mergedLinks: number;
  /** Placed sides of which it changed whether there is text. */
  readonly recheckedSides: number;
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

/** Something of embedding or pushing that failed by itself: not a unit of a run. */
export interface FailedItem {
  /** `embed:…` or `push:…`; the same thing has the same id in every run. */
  readonly id: string;
  readonly title: string;
  readonly place: string;
  readonly error: PlainError;
}

/** A sink that chunks were pushed to, or were to be. */
export interface StoredSink {
  readonly id: number;
  readonly name: string;
  /** JSON of the last push: its kind, options and what it is to hold; without secrets. */
  readonly settings: string;
  /** Chunks in its ledger. */
  readonly chunks: number;
}

/** A chunk as it is embedded. */
export interface ChunkText {
  readonly id: string;
  readonly title: string;
  readonly ref: string;
  readonly text: string;
}

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

/** A version of which the library holds text. */
export interface HeldVersion extends VersionKey {
  readonly title: string;
  readonly heTitle: string;
  readonly license: string;
  readonly versionSource: string | null;
  readonly actualLanguage: string;
  /** The book on the publisher's site. */
  readonly url: string;
}

/** A row of `dump segments` (design, section 6). */
export interface SegmentLine {
  readonly title: string;
  readonly language: Language;
  readonly versionTitle: string;
  readonly ref: string;
  readonly heRef: string | null;
  readonly text: string;
}

export interface ExpandOptions {
  /** As published, letter case aside; null: all. */
  readonly types: readonly string[] | null;
  /** Links returned at most. */
  readonly limit: number;
  /** Texts of other languages or licences are left out; the links stay. */
  readonly languages?: readonly Language[];
  readonly licenses?: readonly string[];
}

/** A place that another is linked with. */
export interface ExpandedLink {
  /** From where, by what type of link, to where. */
  readonly path: readonly [from: string, type: string, to: string];
  /** The link's own ref on the side it was found from: it may reach further than the place asked for. */
  readonly here: string;
  readonly ref: string;
  readonly type: string;
  readonly state: LinkState;
  /** Book of the other side; null: dangling. */
  readonly title: string | null;
  /** The first segments of the other side in all wanted versions; none when dangling or beyond the text. */
  readonly texts: readonly {
    readonly ref: string;
    readonly language: Language;
    readonly versionTitle: string;
    readonly license: string;
    readonly text: string;
  }[];
  /** There are more segments than `texts` has. */
  readonly isCut: boolean;
  readonly url: string | null;
}

export interface ExpandedLinks {
  /** All there are, before the limit. */
  readonly total: number;
  readonly links: readonly ExpandedLink[];
}

/** A top-level section's texts in one version. */
export interface SectionSize {
  /** From 0. */
  readonly section: number;
  readonly texts: number;
  /** Of text, about as many as UTF-16 has. */
  readonly units: number;
}

/** Texts for the full-text index: normalised, beside their ids. */
export interface IndexRows {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
}

/** A version of a leaf with its texts, for chunking again and for verification. */
export interface LeafVersionTexts {
  readonly segmentTextIds: readonly number[];
  readonly paths: readonly Path[];
  readonly texts: readonly string[];
  readonly hashes: readonly Uint8Array[];
  readonly tokens: readonly number[];
}

/** Texts of one version in one leaf, as rows that are there, whatever the holdings say. */
/** What a book's chunks come to, all profiles together. */
export interface ChunkSums {
  readonly count: number;
  readonly tokens: number;
}

export interface StoredTexts {
  readonly nodeId: number;
  readonly version: VersionKey;
  readonly texts: number;
}

/** A span with its chunk's row number; a chunk without spans has one row of nulls. */
export interface LeafSpan {
  readonly chunk: number;
  readonly profile: string;
  readonly segmentTextId: number | null;
  readonly start: number | null;
  readonly end: number | null;
}

/** Rows that point nowhere, which only a damaged library has. */
export interface Strays {
  readonly texts: number;
  readonly spans: number;
  readonly indexRows: number;
}

/** Read-only; pages by key; holds no statement open between pages. */
export interface Library {
  readonly path: string;
  meta(key: string): string | null;
  contents(baseUrl: string): { readonly entries: readonly ContentsEntry[]; readonly fetchedAt: number } | null;
  /** In reading order of the contents. */
  books(): StoredBook[];
  book(title: string): StoredBook | null;
  /** As books(), one after another: whoever must not stop its event loop can give way between them. */
  eachBook(titles?: readonly string[]): Iterable<StoredBook>;
  versions(bookTitle: string): (VersionKey & { license: string; priority: number; versionSource: string | null })[];
  /** Of all books, or those named, in their order; versions by language and title. */
  heldVersions(titles?: readonly string[]): Iterable<HeldVersion>;
  holdings(bookTitle?: string): HoldingRow[];
  settled(bookTitle?: string): SettledRow[];
  splitHints(): SplitHint[];
  /** Of one book, in the order of their names. */
  sourceObjects(bookTitle: string): SourceObject[];
  failures(): FailureRow[];
  runs(limit: number): {
    id: number;
    startedAt: number;
    endedAt: number | null;
    outcome: string | null;
    settings: string;
    receipt: string | null;
  }[];
  units(runId: number): UnitRow[];
  /** Leaves of versions whose chunks are missing or were made by another chunking. */
  unchunked(chunking: string): { nodeId: number; bookTitle: string; version: VersionKey }[];
  /** In reading order; with a range, those inside it. */
  leafVersionTexts(nodeId: number, version: VersionKey, range?: LeafRange | null): LeafVersionTexts;
  /** Top-level sections with text in one version of a leaf, in reading order. */
  sections(nodeId: number, version: VersionKey): SectionSize[];
  /** Places of a leaf that hold text in any version, in reading order, without the texts. */
  storedPaths(nodeId: number): Iterable<Path>;
  /** Chunks of one book. */
  chunkCount(bookTitle: string): number;
  chunkSums(bookTitle: string): ChunkSums;
  storedTexts(bookTitle: string): StoredTexts[];
  /** Reading order, profile after profile. */
  leafSpans(nodeId: number, version: VersionKey): LeafSpan[];
  /** Which of these texts the full-text index does not have. */
  unindexed(segmentTextIds: readonly number[]): number[];
  /** Texts that the full-text index does not have yet, as it takes them, a thousand at a time. */
  unindexedTexts(): Iterable<IndexRows>;
  /** Looks at every row of the library. */
  strays(): Strays;
  /** Reading order: contents position, leaf, language, version title by code point, path. */
  segments(filter?: { titles?: readonly string[]; languages?: readonly Language[] }): Iterable<SegmentLine>;
  chunks(filter?: { titles?: readonly string[]; profile?: string }): Iterable<ChunkLine>;
  /** Of one profile, in the order of `chunks`. */
  chunkTexts(filter: { titles?: readonly string[]; profile: string }): Iterable<ChunkText>;
  /** Chunks of a profile, by name. */
  chunkProfiles(): ReadonlyMap<string, number>;
  sinks(): StoredSink[];
  ledgerEntry(sinkId: number, chunk: string): LedgerEntry | null;
  /** By id of the chunk. */
  ledger(sinkId: number): Iterable<LedgerEntry>;
  /** Chunks in a ledger that the library does not have any more in that profile, the first of them. */
  goneFromLibrary(sinkId: number, profile: string, limit: number): string[];
  links(): Iterable<{ refs: readonly [string, string]; type: string; sources: readonly string[] }>;
  /** What a ref of a book is linked with, from either side. */
  expand(bookTitle: string, ref: string, options: ExpandOptions): ExpandedLinks;
  linkSources(): LinkSourceRow[];
  linkAccount(): LinkAccount;
  citations(): Citations;
  /** Throws SoferError `usage` for a query or a filter that nothing can be made of. */
  search(request: SearchRequest): SearchAnswer;
  /** Questions with their answers, made from links, to measure searches with. */
  makeQrels(options: MakeQrelsOptions): Qrel[];
  /** Reads of one moment, whatever is committed meanwhile. Not for long: it keeps the WAL from being folded back. */
  snapshot<T>(read: () => T): T;
  counts(): { books: number; versions: number; segments: number; texts: number; chunks: number; indexed: number };
  close(): void;
}
