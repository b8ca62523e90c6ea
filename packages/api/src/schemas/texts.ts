import { Type } from "@sinclair/typebox";
import { t } from "elysia";
import { Language, Next } from "./common.ts";

const TextOfVersion = t.Object({
  language: Language,
  versionTitle: t.String(),
  license: t.String(),
  text: t.String(),
});

const ReadableText = t.Composite([
  TextOfVersion,
  t.Object({ plain: t.String({ description: "without markup, footnotes apart, niqqud kept" }) }),
]);

const Stretch = t.Tuple([t.Integer(), t.Integer()], { description: "UTF-16 units: from, up to and without" });

/** A hit's best segment in one version; `highlights` stand in the snippet's text. */
const FoundVersion = t.Object({
  language: Language,
  versionTitle: t.String(),
  license: t.String(),
  text: t.String(),
  snippet: t.Object({
    text: t.String({ description: "without markup, niqqud kept" }),
    highlights: t.Array(Stretch),
    isCut: t.Tuple([t.Boolean(), t.Boolean()], { description: "there is text before it, after it" }),
    isFootnote: t.Boolean(),
  }),
});

export const Hit = t.Object({
  ref: t.String(),
  heRef: t.Nullable(t.String()),
  title: t.String(),
  heTitle: t.String(),
  categories: t.Array(t.String()),
  score: t.Number(),
  passage: t.Object({ ref: t.String(), refs: t.Array(t.String()) }),
  versions: t.Array(FoundVersion, { description: "that match, best first" }),
  url: t.String(),
});

export const SearchAnswer = t.Object({
  query: t.String(),
  readAs: t.String({ description: "the query as it was read" }),
  warnings: t.Array(t.Object({ code: t.String(), message: t.String(), at: t.Nullable(Stretch) })),
  isBounded: t.Boolean({ description: "too much was found to rank all of it: the best of an even sample" }),
  total: t.Object({ texts: t.Integer(), isAtLeast: t.Boolean() }),
  items: t.Array(Hit),
});

export const Segment = t.Object({
  ref: t.String(),
  heRef: t.Nullable(t.String()),
  title: t.String(),
  texts: t.Array(ReadableText, { description: "Hebrew first, then by version title" }),
});
/** `ref`: as it was understood. */
export const SegmentPage = t.Object({ ref: t.String(), items: t.Array(Segment), next: Next });

export const Chunk = t.Object({
  id: t.String(),
  profile: t.String(),
  title: t.String(),
  language: Language,
  versionTitle: t.String(),
  license: t.String(),
  ref: t.String(),
  heRef: t.Nullable(t.String()),
  refs: t.Array(t.String()),
  spans: t.Array(t.Object({ ref: t.String(), start: Type.Integer(), end: Type.Integer() })),
  links: t.Array(t.Object({ ref: t.String(), type: t.String() })),
  text: t.String(),
  searchText: t.String(),
  tokens: Type.Integer(),
  url: t.String(),
});
export const ChunkPage = t.Object({
  ref: t.String(),
  items: t.Array(Chunk),
  isCut: t.Boolean({ description: "there are more" }),
});

export const LinkedPlace = t.Object({
  here: t.String({ description: "the link's own ref on the side it was found from" }),
  ref: t.String(),
  type: t.String(),
  state: t.String(),
  title: t.Nullable(t.String({ description: "null: not in the library" })),
  texts: t.Array(t.Composite([t.Object({ ref: t.String() }), TextOfVersion])),
  isCut: t.Boolean(),
  url: t.Nullable(t.String()),
});
export const LinkAnswer = t.Object({ ref: t.String(), total: Type.Integer(), items: t.Array(LinkedPlace) });
