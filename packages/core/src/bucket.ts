import type { BookOutline, ContentsEntry, Language, VersionMeta } from "./book.ts";
import type { Tally } from "./conservation.ts";
import type { Leaf } from "./schema-tree.ts";
import type { Shape } from "./shape.ts";

/** Size of an object that is known by its name only: the published index names texts without their sizes. */
export const UNKNOWN_SIZE = -1;

/** An object as the storage service lists it: what a download is checked against, and what a later listing is compared with. */
export interface ListedObject {
  /** Whole name in the bucket, `json/Tanakh/Torah/Genesis/Hebrew/Miqra according to the Masorah.json`. */
  readonly name: string;
  /** Bytes as stored (of the gzip, where it is stored as such), or UNKNOWN_SIZE. */
  readonly size: number;
  /** Base64 as listed; null for a composed object, which has a crc32c only. */
  readonly md5: string | null;
  /** Base64 of the big-endian CRC-32C. */
  readonly crc32c: string | null;
  /**
   * A new one with every writing, also of the same bytes: it pins a download, it is not a change. "" from the published
   * index: then nothing is pinned.
   */
  readonly generation: string;
  /** RFC 3339; "" from the published index. */
  readonly updated: string;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  readonly nextPageToken: string | null;
}

/** One version file, checked against its listing. */
export interface VersionFile {
  readonly meta: VersionMeta;
  /**
   * By leaf title: the jagged array exactly as published, and what its raw bytes hold, counted without the parser.
   * Leaves that the file says nothing of are left out; text that is no leaf's is an error, so this is all of it.
   */
  readonly leaves: Readonly<Record<string, { readonly text: unknown; readonly raw: Tally }>>;
  /** Decoded size. */
  readonly bytes: number;
  /** Object name and generation. */
  readonly sourceTag: string;
}

/** What a version file said, kept so that `best` can be decided again without downloading it. */
export interface FileFacts {
  readonly object: ListedObject;
  readonly meta: Pick<VersionMeta, "language" | "versionTitle" | "license" | "priority">;
  /** By leaf title; leaves that the file has no place in are left out. */
  readonly leaves: Readonly<Record<string, FileLeafFacts>>;
}

export interface FileLeafFacts {
  /** Non-blank strings in the leaf; its count is what `best` compares. */
  readonly raw: Tally;
  readonly shape: Shape;
}

/** How the export names its files; every name begins below the root. */
export interface BucketNames {
  /** `json/Tanakh/Torah/Genesis/`: all files of a book, and only they. */
  folderOf(book: Pick<ContentsEntry, "title" | "categories">): string;
  /** `schemas/Genesis.json`. */
  schemaOf(title: string): string;
  /** `Name of the version.json`, as far as a file name can hold it: two titles may share one. */
  fileNameOf(versionTitle: string): string;
  /** The parts of a version file's name; null for any other object. */
  partsOf(name: string): VersionFileName | null;
}

export interface VersionFileName {
  /** As folderOf gives it. */
  readonly folder: string;
  readonly language: Language;
  readonly fileName: string;
}

/** A row of the links files, both refs as published. */
export interface LinkRow {
  readonly refs: readonly [string, string];
  readonly type: string;
}

export interface LinkBatch {
  readonly rows: readonly LinkRow[];
  /** Rows so far that are no links: wrong number of fields, an empty ref. */
  readonly invalid: number;
  /** The first few of them, as published and cut to a readable length. */
  readonly invalidRows: readonly string[];
  /** Rows read so far, the header not counted. */
  readonly read: number;
}

/**
 * The library through the publisher's export bucket. Each method is one download (plus retries and resumed parts) and
 * may be called twice; nothing is kept between calls; what returns was checked against size and checksum.
 */
export interface BucketSource {
  readonly name: "bucket";
  /** What stands before `json/` and the others: "" or `current/`; found out, not assumed. */
  root(signal?: AbortSignal): Promise<string>;
  /** One page of at most 1,000 objects. @throws `not-found`, `unreachable`, `refused` when listing is refused. */
  list(prefix: string, pageToken: string | null, signal?: AbortSignal): Promise<ObjectPage>;
  /** The published index of all files, for when listing is refused: names and sizes, without checksums. */
  index(signal?: AbortSignal): Promise<readonly ListedObject[]>;
  contents(root: string, signal?: AbortSignal): Promise<readonly ContentsEntry[]>;
  /** Schema of a book; `shapes` is empty, the bucket publishes no counts. @throws `virtual-node`, `not-found`, `replaced`. */
  outline(object: ListedObject, signal?: AbortSignal): Promise<BookOutline>;
  /**
   * @throws `replaced` when the object is not the listed one any more: list its folder again; `not-conserved` for text
   * that no leaf has, `wrong-ref` for another book's or side's file.
   */
  version(object: ListedObject, leaves: readonly Leaf[], signal?: AbortSignal): Promise<VersionFile>;
  /**
   * Streams one links file; `keep` says which rows are wanted. Size and checksum are known at the end only: what was
   * yielded is provisional until the iteration ends, and void when it throws. The last batch has the final counts.
   * @throws `replaced`, `checksum`, `wire-shape`.
   */
  links(
    object: ListedObject,
    keep: (refs: readonly [string, string]) => boolean,
    signal?: AbortSignal,
  ): AsyncIterable<LinkBatch>;
}

/** Whether an error says that listing is not allowed: what lies there can be read from the published index instead. */
export function isListingRefused({ code, status }: { readonly code: string; readonly status: number | null }): boolean {
  return code === "refused" && (status === 401 || status === 403);
}

/** A file is held whole, and twice while it is parsed. The largest real one has 60 MB. */
const HELD_BYTES = 128_000_000;

/** The most that a file of the bucket may have, and unpack to: it cannot be asked for in parts as an answer can. */
export function mostFileBytes(maxResponseBytes: number): number {
  return Math.max(maxResponseBytes, HELD_BYTES);
}
