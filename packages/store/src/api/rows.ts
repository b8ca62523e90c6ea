import type {
  ExcludedVersion,
  FileFacts,
  Leaf,
  LeafRange,
  ListedObject,
  OddPlace,
  Path,
  PlainError,
  Shape,
  Unit,
  UnitState,
  VersionKey,
} from "@sofer/core";

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

/** A sink that chunks were pushed to, or were to be. */
export interface StoredSink {
  readonly id: number;
  readonly name: string;
  /** JSON of the last push: its kind, options and what it is to hold; without secrets. */
  readonly settings: string;
  /** Chunks in its ledger. */
  readonly chunks: number;
}

/** Something of embedding or pushing that failed by itself: not a unit of a run. */
export interface FailedItem {
  /** `embed:…` or `push:…`; the same thing has the same id in every run. */
  readonly id: string;
  readonly title: string;
  readonly place: string;
  readonly error: PlainError;
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

/** What a book's chunks come to, all profiles together. */
export interface ChunkSums {
  readonly count: number;
  readonly tokens: number;
}

/** Texts of one version in one leaf, as rows that are there, whatever the holdings say. */
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
