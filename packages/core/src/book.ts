import type { Shape } from "./shape.ts";
import type { BookTree } from "./schema-tree.ts";

/** Sefaria's two sides. Not a language: `en` holds every translation; the real one is `actualLanguage`. */
export type Language = "he" | "en";
export const LANGUAGES: readonly Language[] = ["he", "en"];

/** Identity of a version inside its book. The same title may exist on both sides. */
export interface VersionKey {
  readonly language: Language;
  readonly versionTitle: string;
}

export interface VersionMeta extends VersionKey {
  /** As published; "" where the source has none. `unknown` is a licence of its own. */
  readonly license: string;
  readonly versionSource: string | null;
  /** Absent or non-numeric is 0 (design 2.8). */
  readonly priority: number;
  readonly actualLanguage: string;
  /** Every other field of the published record, unchanged, without the text. */
  readonly other: Readonly<Record<string, unknown>>;
}

export function versionId(key: VersionKey): string {
  return `${key.language}|${key.versionTitle}`;
}

/** A book as the table of contents lists it. */
export interface ContentsEntry {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  /** Reading order in the contents, from 0: the order of dumps and of work. */
  readonly order: number;
  /** "Commentary", "Targum"… or null for a text that stands on its own. */
  readonly dependence: string | null;
  /** Titles of the books this one depends on. */
  readonly baseTitles: readonly string[];
}

/** A book's record with the counts of what exists: what one index request brings. */
export interface BookOutline {
  readonly tree: BookTree;
  readonly categories: readonly string[];
  readonly titleVariants: readonly string[];
  readonly heTitleVariants: readonly string[];
  /** Other English names of nodes below the root, by the node's full title; for links that use them. */
  readonly nodeTitles?: Readonly<Record<string, readonly string[]>>;
  /** By leaf title. A leaf without an entry promises nothing. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The published record, unchanged, kept in the library. */
  readonly record: unknown;
}
