import type {
  BookOutline,
  ChunkDraft,
  ChunkedParcel,
  ContentsEntry,
  ExcludedVersion,
  Language,
  Leaf,
  LeafRange,
  OddPlace,
  Path,
  PlainError,
  Settlement,
  Shape,
  Unit,
  UnitState,
  VersionKey,
} from "@sofer/core";

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

export interface LibraryWriter {
  readonly path: string;
  /** Run rows. */
  startRun(settings: string, now: number): number;
  endRun(runId: number, outcome: "whole" | "failures" | "interrupted" | "stopped", receipt: string, now: number): void;
  saveContents(baseUrl: string, entries: readonly ContentsEntry[], now: number): void;
  /** Writes the book and its leaves (replacing shapes and records, keeping ids). Returns them with their ids. */
  saveOutline(outline: BookOutline, position: number, now: number): StoredBook;
  planUnits(runId: number, units: readonly Pick<UnitRow, "id" | "kind" | "title">[]): void;
  /**
   * Commits one parcel in one IMMEDIATE transaction: version, segments, texts, chunks, holding; and, with `close`, the
   * unit's end and settlement. Counts and hashes the texts it was given again and throws `not-conserved` (nothing
   * written) when they differ from `parcel.tally` and `parcel.counts.stored`. Texts of the same version and range that
   * the parcel no longer has are removed, with their chunks and index rows. Idempotent.
   */
  commitParcel(parcel: ChunkedParcel, now: number, close?: UnitClose): void;
  /** Ends a unit that had no parcel. */
  closeUnit(close: UnitClose, now: number): void;
  /** Removes a version's rows from a leaf (a loser of `best` in a leaf fetched in parts), adds it to the settlement. */
  dropVersion(nodeId: number, version: VersionKey): void;
  /** Replaces the chunks of one version of one leaf. */
  replaceChunks(
    nodeId: number,
    version: VersionKey,
    chunks: readonly ChunkDraft[],
    segmentTextIds: readonly number[],
    chunking: string,
  ): void;
  saveSplitHint(hint: SplitHint, now: number): void;
  failUnit(runId: number, unitId: string, title: string, place: string, error: PlainError, now: number): void;
  recordEvent(runId: number, type: string, body: string, now: number): void;
  /** Builds the full-text index over everything not yet in it; returns rows added. In slices: `onSlice` between them. */
  buildIndex(onSlice?: (rows: number) => void): number;
  checkpoint(): void;
  close(): void;
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

export interface ChunkLine {
  readonly id: string;
  readonly profile: string;
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  readonly language: Language;
  readonly versionTitle: string;
  readonly license: string;
  readonly versionSource: string | null;
  /** Ref of the whole stretch. */
  readonly ref: string;
  readonly heRef: string | null;
  readonly refs: readonly string[];
  readonly spans: readonly { readonly ref: string; readonly start: number; readonly end: number }[];
  readonly links: readonly { readonly ref: string; readonly type: string }[];
  readonly text: string;
  readonly searchText: string;
  readonly tokens: number;
  readonly url: string;
}

export interface SearchHit {
  readonly ref: string;
  readonly heRef: string | null;
  readonly title: string;
  readonly score: number;
  /** All versions of this segment that match, best first. */
  readonly versions: readonly {
    readonly language: Language;
    readonly versionTitle: string;
    readonly license: string;
    readonly text: string;
  }[];
  readonly url: string;
}

/** A version of a leaf with its texts, for chunking again and for verification. */
export interface LeafVersionTexts {
  readonly segmentTextIds: readonly number[];
  readonly paths: readonly Path[];
  readonly texts: readonly string[];
  readonly hashes: readonly Uint8Array[];
  readonly tokens: readonly number[];
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
  holdings(bookTitle?: string): HoldingRow[];
  settled(bookTitle?: string): SettledRow[];
  splitHints(): SplitHint[];
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
  leafVersionTexts(nodeId: number, version: VersionKey): LeafVersionTexts;
  /** Places of a leaf that hold text in any version, in reading order, without the texts. */
  storedPaths(nodeId: number): Path[];
  /** Chunks of one book. */
  chunkCount(bookTitle: string): number;
  /** Reading order: contents position, leaf, language, version title by code point, path. */
  segments(filter?: { titles?: readonly string[]; languages?: readonly Language[] }): Iterable<SegmentLine>;
  chunks(filter?: { titles?: readonly string[]; profile?: string }): Iterable<ChunkLine>;
  links(): Iterable<{ refs: readonly [string, string]; type: string; sources: readonly string[] }>;
  search(
    query: string,
    options: { limit: number; languages?: readonly Language[]; titles?: readonly string[] },
  ): SearchHit[];
  counts(): { books: number; versions: number; segments: number; texts: number; chunks: number; indexed: number };
  close(): void;
}
