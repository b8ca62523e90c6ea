import type { BookOutline, ContentsEntry, VersionMeta } from "./book.ts";
import type { Leaf, Path } from "./schema-tree.ts";
import type { Tally } from "./conservation.ts";

/** A part of a leaf: places `from` to `to`, inclusive, of one level and (below the first level) one parent. */
export interface LeafRange {
  readonly from: Path;
  readonly to: Path;
}

/** What one text request asks for. Plain data. */
export interface TextRequest {
  readonly bookTitle: string;
  readonly leaf: Leaf;
  /** null: the whole leaf. */
  readonly range: LeafRange | null;
  /** Every version, or the named ones. */
  readonly versions: "all" | readonly string[];
  /** True when the outline promises text in this range: an answer without any is then an error. */
  readonly promised: boolean;
}

export interface AnsweredVersion {
  readonly meta: VersionMeta;
  /** The jagged array exactly as answered; `[]` or "" when this version has nothing here. */
  readonly text: unknown;
  /** Non-blank strings of this version in the raw bytes, counted without the parser. */
  readonly raw: Tally;
}

/** A checked answer: right place, right depth, no error inside. */
export interface TextAnswer {
  readonly versions: readonly AnsweredVersion[];
  /** Titles asked for that the source does not have here. */
  readonly missing: readonly string[];
  /** Refs of the sections with text before and after this place, where the source names them. */
  readonly neighbours: readonly string[];
  /** Decoded size of the body. */
  readonly bytes: number;
  /** What the answer can be traced to: URL for the service, object generation for the bucket. */
  readonly sourceTag: string;
}

/**
 * Where books come from. Promises: each method is one request (plus retries) and may be called twice; nothing is kept
 * between calls; errors are SoferErrors whose `next` says what follows; an answer that returns was checked.
 */
export interface TextSource {
  readonly name: "service" | "bucket";
  /** The table of contents, in its order. Collections are left out. */
  contents(signal?: AbortSignal): Promise<readonly ContentsEntry[]>;
  /** One book's schema and counts. @throws `virtual-node` for a dictionary, `not-found` for an unknown title. */
  outline(title: string, signal?: AbortSignal): Promise<BookOutline>;
  /** Metadata of all versions of a book, without texts. */
  versions(title: string, signal?: AbortSignal): Promise<readonly VersionMeta[]>;
  /** One text request. @throws `too-large`, `too-slow` when it should be asked in parts. */
  text(request: TextRequest, signal?: AbortSignal): Promise<TextAnswer>;
  /** How many links the source names at a place: they are checked and not kept. @param range null: the whole leaf */
  related(leaf: Leaf, range: LeafRange | null, signal?: AbortSignal): Promise<number>;
}
