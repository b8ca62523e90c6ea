import type { IndexOffsets, Language } from "@sofer/core";

/**
 * What the sandbox serves: books with their published records. Field names inside `…Record` types are the service's
 * own, because these records are sent as they are.
 */
export interface SandboxLibrary {
  /** In the order of the table of contents. */
  readonly books: readonly SandboxBook[];
  /** Hebrew names of categories; a category without one is shown under its English name. */
  readonly heCategories: Readonly<Record<string, string>>;
  /** Collections stand in the contents beside the books and are none. */
  readonly collections: readonly CollectionRecord[];
  /** Books whose files stand in the bucket although the contents do not name them; the service knows none of them. */
  readonly unlisted?: readonly SandboxBook[];
  /** Lines of the links files without their header; absent: no links. */
  readonly links?: () => readonly string[];
}

export interface SandboxBook {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  /** Other names of the book, known without loading it. */
  readonly titleVariants: readonly string[];
  /** Further fields of the book's entry in the contents: `order`, `dependence`, `base_text_titles`… */
  readonly listing: Readonly<Record<string, unknown>>;
  /** True when a node is virtual (a dictionary). */
  readonly isVirtual: boolean;
  /** Reads or makes the whole book; called on first use and again after it fell out of the cache. */
  load(): BookContent;
}

export interface BookContent {
  /** The index record's other fields, without `schema`. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly schema: SchemaRecord;
  readonly versions: readonly SandboxVersion[];
  /** Merges of a side's versions where they come with the book; else the bucket makes them. The service has none. */
  readonly merged?: readonly SandboxVersion[];
  /** Roughly what the parsed book weighs, in bytes of its JSON. */
  readonly sizeBytes: number;
}

export interface SandboxVersion {
  readonly meta: VersionRecord;
  /** A jagged array; for a complex book an object keyed by the nodes' English titles, "" for the default node. */
  readonly text: unknown;
}

export interface VersionRecord {
  readonly language: Language;
  readonly versionTitle: string;
  readonly versionSource?: string | null;
  readonly license?: string | null;
  readonly priority?: number | string | null;
  readonly actualLanguage?: string;
  readonly [field: string]: unknown;
}

export interface TitleRecord {
  readonly text: string;
  readonly lang: string;
  readonly primary?: boolean;
}

export interface SchemaRecord {
  readonly nodeType?: string;
  readonly title?: string;
  readonly heTitle?: string;
  readonly key?: string;
  readonly default?: boolean;
  readonly titles?: readonly TitleRecord[];
  readonly depth?: number;
  readonly addressTypes?: readonly string[];
  readonly sectionNames?: readonly string[];
  readonly heSectionNames?: readonly string[];
  readonly lengths?: readonly number[];
  readonly index_offsets_by_depth?: IndexOffsets;
  readonly nodes?: readonly SchemaRecord[];
  readonly [field: string]: unknown;
}

export interface CollectionRecord {
  readonly title: string;
  readonly heTitle: string;
  readonly slug: string;
  /** Category it is listed under. */
  readonly category: string;
}
