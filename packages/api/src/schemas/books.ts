import { Type } from "@sinclair/typebox";
import { t, type Static } from "elysia";
import { Next } from "./common.ts";

/** Every place that the source promises is in exactly one class: expected is the sum of the others. */
export const Slots = t.Object({
  expected: Type.Integer(),
  stored: Type.Integer({ description: "a wanted version's text is in the library" }),
  blank: Type.Integer({ description: "the wanted versions have the place, without text" }),
  uncovered: Type.Integer({ description: "only versions that are not wanted have it" }),
  excluded: Type.Integer({ description: "beyond --limit" }),
  failed: Type.Integer({ description: "not brought, because a request for its part of the book failed" }),
  pending: Type.Integer({ description: "not brought yet" }),
});

export const BookState = t.Union(
  [t.Literal("waiting"), t.Literal("working"), t.Literal("partial"), t.Literal("whole"), t.Literal("failed")],
  {
    description:
      "waiting: nothing of it is there yet; working: a run has units of it under way; partial: some of it is there, and nothing failed; failed: something of it failed, see failures",
  },
);

export const Book = t.Object({
  title: t.String(),
  heTitle: t.String(),
  categories: t.Array(t.String()),
  state: BookState,
  segments: Slots,
  versions: Type.Integer({ description: "versions with text" }),
  texts: Type.Integer({ description: "texts, one per segment and version" }),
  chunks: Type.Integer(),
  pushed: t.Optional(
    t.Record(t.String(), Type.Integer(), {
      description: "chunks that each sink has acknowledged, by its name; said of one book only",
    }),
  ),
  requests: Type.Integer({ description: "of all runs" }),
  bytes: Type.Integer({ description: "of all runs" }),
  failures: Type.Integer(),
  checkedAt: t.Number(),
});
export type Book = Static<typeof Book>;

export const BookPage = t.Object({ items: t.Array(Book), next: Next, total: Type.Integer() });

export const Leaf = t.Object({
  title: t.String(),
  heTitle: t.String(),
  depth: Type.Integer(),
  sectionNames: t.Array(t.String()),
  segments: Slots,
});

export const Version = t.Object({
  title: t.String({ description: "of the book" }),
  heTitle: t.String(),
  language: t.String(),
  actualLanguage: t.String(),
  versionTitle: t.String(),
  license: t.String({ description: '"" where none is stated' }),
  versionSource: t.Nullable(t.String()),
  url: t.String(),
});

export const VersionPage = t.Object({ items: t.Array(Version), next: Next });

export const BookDetail = t.Composite([Book, t.Object({ leaves: t.Array(Leaf), editions: t.Array(Version) })]);

/** One level below the leaf: a chapter, a page. */
export const Section = t.Object({
  leaf: t.String(),
  ref: t.String(),
  segments: Slots,
});
export const SectionPage = t.Object({ items: t.Array(Section), next: Next });

/** What the library holds under one category: the grid. */
export const Category = t.Object({
  path: t.Array(t.String()),
  books: Type.Integer(),
  states: t.Record(t.String(), Type.Integer()),
  segments: Slots,
});
