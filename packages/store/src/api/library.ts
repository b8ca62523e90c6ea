import type { ChunkLine, ContentsEntry, Language, LeafRange, LedgerEntry, Path, VersionKey } from "@sofer/core";
import type {
  StoredBook,
  HoldingRow,
  SettledRow,
  SourceObject,
  SplitHint,
  FailureRow,
  UnitRow,
  StoredSink,
  SectionSize,
  IndexRows,
  LeafVersionTexts,
  ChunkSums,
  StoredTexts,
  LeafSpan,
  Strays,
} from "./rows.ts";
import type { LinkSourceRow, LinkAccount, Citations, ExpandOptions, ExpandedLinks } from "./links.ts";
import type { Qrel } from "../evaluate/api.ts";
import type { MakeQrelsOptions } from "../evaluate/make-qrels.ts";
import type { SearchAnswer, SearchRequest } from "../search/api.ts";

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

/** A chunk as it is embedded. */
export interface ChunkText {
  readonly id: string;
  readonly title: string;
  readonly ref: string;
  readonly text: string;
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
