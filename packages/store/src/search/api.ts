import type { Language } from "@sofer/core";

/**
 * What searching asks and answers, whichever engine ranks: full text by words, vectors by meaning, or both. An engine
 * gives ranked lists of segments; hits are put together from them in one place (assemble.ts), so all answers look alike.
 */
export type SearchEngine = "lexical" | "vector" | "hybrid";

/** What of the library is searched; what is not named is not restricted. */
export interface SearchFilters {
  readonly languages?: readonly Language[];
  /** Titles of books. */
  readonly titles?: readonly string[];
  /** Names of categories of any level, or paths from the top (`Tanakh/Torah`); letter case does not count. */
  readonly categories?: readonly string[];
  /** Version titles, alone or with their language in front: `he|Title`. */
  readonly versions?: readonly string[];
  /** Exactly as published; "" where none is stated. */
  readonly licenses?: readonly string[];
  /** A ref: only what lies in it (`Genesis 1-3`). */
  readonly within?: string;
}

/**
 * What makes one hit: a `segment` with all its versions; a `passage`, the segment with the neighbours that match too;
 * or a `chunk`, with the segments of its stretch that match.
 */
export type SearchGrouping = "segment" | "passage" | "chunk";

/** A chunk that an engine by meaning found, by its id; lists of them are best first. */
export interface NearestChunk {
  readonly chunk: string;
  /** How near to the query, greater is nearer. */
  readonly similarity: number;
}

export interface SearchRequest extends SearchFilters {
  readonly query: string;
  /** Default: `lexical`. */
  readonly engine?: SearchEngine;
  /** What `vector` and `hybrid` go by: the chunks nearest to the query, of whatever store has their vectors. */
  readonly nearest?: readonly NearestChunk[];
  /** Hits returned at most. */
  readonly limit: number;
  /** Every word as it is written: marks, final letters and letter case count, and no prefix letters are added. */
  readonly isExact?: boolean;
  /** Default: `passage`; of `vector`, `chunk`. */
  readonly grouping?: SearchGrouping;
}

/** Stretch of a string, in UTF-16 units: from `start` up to, and without, `end`. */
export type Stretch = readonly [start: number, end: number];

export interface Snippet {
  /** Part of the display text around what was found, with niqqud and without markup; "…" is not in it. */
  readonly text: string;
  /** Where it stands in the display text, or in the footnote. */
  readonly from: number;
  /** What was found, in `text`. In order, apart from each other. */
  readonly highlights: readonly Stretch[];
  /** There is text before it, after it. */
  readonly isCut: readonly [before: boolean, after: boolean];
  /** The words stand in a footnote, of which this is a part, and not in the running text. */
  readonly isFootnote: boolean;
}

/** The segment of a hit in one version that matches. */
export interface HitVersion {
  readonly language: Language;
  readonly versionTitle: string;
  /** Exactly as published; "" where none is stated. */
  readonly license: string;
  readonly versionSource: string | null;
  /** The source's string, byte for byte; of a place of several segments, the first segment's. */
  readonly text: string;
  /** Without markup, footnotes and cantillation, niqqud kept. */
  readonly displayText: string;
  /** What was found, in `displayText`. */
  readonly highlights: readonly Stretch[];
  readonly snippet: Snippet;
}

/** Why a hit stands where it stands. */
export type HitReason =
  /** The query is its ref. */
  | { readonly by: "ref"; readonly cited: string }
  /** Its place, from 1, among what full text found; words of the query that it does not have. */
  | { readonly by: "lexical"; readonly rank: number; readonly missing: readonly string[] }
  /** Its place, from 1, among the nearest chunks; how near, and which chunk. */
  | { readonly by: "vector"; readonly rank: number; readonly similarity: number; readonly chunk: string };

export interface SearchHit {
  /** The best segment; or the place that the query cites, which may be a range or a section. */
  readonly ref: string;
  readonly heRef: string | null;
  /** Book. */
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  /** Greater is better; comparable within one answer. */
  readonly score: number;
  readonly why: readonly HitReason[];
  /** What the hit stands for: its segments that were found, in reading order, and the ref from the first to the last. */
  readonly passage: { readonly ref: string; readonly refs: readonly string[] };
  /** All versions of the best segment that match, best first. */
  readonly versions: readonly HitVersion[];
  readonly url: string;
}

/** Something in the query that was read otherwise than it was written, or that it ought to be known of the answer. */
export interface SearchWarning {
  readonly code:
    | "syntax"
    | "no-words"
    | "too-long"
    | "words-missing"
    | "bounded"
    | "book-title"
    | "no-such-place"
    | "filter-empty";
  readonly message: string;
  /** Where in the query, in UTF-16 units; null: the whole. */
  readonly at: Stretch | null;
}

export interface SearchAnswer {
  /** The query as it was read, in the language of queries (docs/retrieval.md). */
  readonly readAs: string;
  readonly engine: SearchEngine;
  readonly warnings: readonly SearchWarning[];
  /** There was too much to rank: the hits are the best of an even sample. */
  readonly isBounded: boolean;
  /** Texts (a segment in a version) that have all the words, in one of their forms. */
  readonly total: { readonly texts: number; readonly isAtLeast: boolean };
  /** Best first; the same library and request give the same list. */
  readonly hits: readonly SearchHit[];
}

/**
 * What an engine hands over: segments, best first. Several lists are fused by their ranks (fuse.ts), since scores of
 * different engines cannot be compared.
 */
export interface RankedSegment {
  readonly segmentId: number;
  readonly score: number;
  /** segment_text ids of the versions that match, with their scores. */
  readonly texts: ReadonlyMap<number, number>;
  readonly why: readonly HitReason[];
}
