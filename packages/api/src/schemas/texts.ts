import { Type } from "@sinclair/typebox";
import { t } from "elysia";
import { Language, Next } from "./common.ts";

const TextOfVersion = t.Object({
  language: Language,
  versionTitle: t.String(),
  license: t.String(),
  text: t.String(),
});

export const Hit = t.Object({
  ref: t.String(),
  heRef: t.Nullable(t.String()),
  title: t.String(),
  score: t.Number(),
  versions: t.Array(TextOfVersion, { description: "that match, best first" }),
  url: t.String(),
});
export const SearchAnswer = t.Object({ query: t.String(), items: t.Array(Hit) });

export const Segment = t.Object({
  ref: t.String(),
  heRef: t.Nullable(t.String()),
  title: t.String(),
  texts: t.Array(TextOfVersion, { description: "Hebrew first, then by version title" }),
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
