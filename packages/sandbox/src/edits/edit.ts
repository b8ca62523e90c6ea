import type { Language } from "@sofer/core";
import type { SchemaRecord, TitleRecord } from "../library.ts";

/** Where a segment lies in one version. */
export interface SegmentPlace {
  readonly title: string;
  readonly language: Language;
  readonly versionTitle: string;
  /** Full title of the leaf; absent: the book's own text, or its default node. */
  readonly node?: string;
  /** 0-based indexes in the jagged array: daf 2a, line 1 is [2, 0]. */
  readonly path: readonly number[];
}

export interface VersionPlace {
  readonly title: string;
  readonly language: Language;
  readonly versionTitle: string;
}

/** A book as plain data. */
export interface NewBook {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  readonly schema: SchemaRecord & { readonly titles?: readonly TitleRecord[] };
  readonly versions: readonly (Readonly<Record<string, unknown>> & {
    readonly language: Language;
    readonly versionTitle: string;
    readonly text: unknown;
  })[];
  readonly titleVariants?: readonly string[];
  readonly listing?: Readonly<Record<string, unknown>>;
}

/** An edit of what is published: the service and the bucket both answer the new truth from then on. */
export type TextEdit =
  /** Another text in a segment's place. */
  | ({ readonly kind: "change"; readonly text: string } & SegmentPlace)
  /** A segment more, before the one that is there; it and those after it move on by one. */
  | ({ readonly kind: "insert"; readonly text: string } & SegmentPlace)
  /** A segment less; those after it move up by one. */
  | ({ readonly kind: "delete" } & SegmentPlace)
  | ({ readonly kind: "drop-version" } & VersionPlace)
  /** `version`: its record with `text`, as a version file has them. */
  | { readonly kind: "add-version"; readonly title: string; readonly version: NewBook["versions"][number] }
  | { readonly kind: "drop-book"; readonly title: string }
  /** At the end of the contents. */
  | { readonly kind: "add-book"; readonly book: NewBook };

export type LinkEdit =
  /** The seven fields of a line, at the end of the links. */
  | { readonly kind: "add-link"; readonly fields: readonly string[] }
  /** Every line with these two citations, in this order. */
  | { readonly kind: "drop-link"; readonly refs: readonly [string, string] };

/** An edit of the bucket's objects alone. */
export type ObjectEdit =
  /** The same bytes under a new generation: one object, or without a name all of them, as the monthly export does. */
  | { readonly kind: "touch"; readonly object?: string }
  /** Once a page has listed the object: the edit (absent: a touch), so that the download finds another generation. */
  | { readonly kind: "replace-after-listing"; readonly object: string; readonly edit?: TextEdit };

export type Edit = TextEdit | LinkEdit | ObjectEdit;

/** An edit of something that is not there. */
export class EditError extends Error {
  override readonly name = "EditError";
}
