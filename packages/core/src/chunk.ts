import type { Language } from "./book.ts";
import type { Path } from "./schema-tree.ts";

/**
 * A chunk is our retrieval unit: whole segments of one version of one leaf, merged in reading order up to a target
 * size, inside one top-level section. It holds no text of its own: its spans name stretches of segments' clean text,
 * and the text is rebuilt from them.
 */
export interface ChunkProfile {
  readonly name: string;
  /** Tokens at which a chunk is full. */
  readonly targetTokens: number;
  /** Tokens no chunk exceeds; a longer segment is split at a sentence, clause, then word boundary. */
  readonly maxTokens: number;
}

/** The original's two (design, section 7). */
export const CHUNK_PROFILES: readonly ChunkProfile[] = [
  { name: "vector", targetTokens: 650, maxTokens: 750 },
  { name: "lexical", targetTokens: 2000, maxTokens: 3000 },
];

/** A stored segment as the chunker takes it: non-blank, in reading order. */
export interface ChunkSegment {
  readonly path: Path;
  /** Its clean text. */
  readonly text: string;
  readonly tokens: number;
}

/** A stretch of one segment's clean text, in UTF-16 units, end exclusive. */
export interface ChunkSpan {
  /** Index into the segments that were chunked. */
  readonly segment: number;
  readonly start: number;
  readonly end: number;
}

export interface ChunkDraft {
  /** Content id, 32 hex digits: the same library state gives the same ids, whatever its history. */
  readonly key: string;
  readonly profile: string;
  /** Upper bound of the encoder's count of the chunk's text: its segments' counts and one for each joint. */
  readonly tokens: number;
  readonly spans: readonly ChunkSpan[];
}

/** A chunk with everything that is known of it: a line of `dump chunks`, and what sinks are given (design, section 6). */
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
