/**
 * `GET /api/v2/index/{title}?with_content_counts=1`: a book's record, its schema, and on every leaf of the schema the
 * counts of what exists.
 *
 *     {"title":"Genesis","categories":["Tanakh","Torah"],"titleVariants":["Bereshit"],"schema":{"nodeType":
 *      "JaggedArrayNode","depth":2,"addressTypes":["Perek","Pasuk"],"content_counts":[31,25,24, …
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const TitleVariants = Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()]));

const IndexRecord = Type.Object({
  title: Type.String({ minLength: 1 }),
  heTitle: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  categories: Type.Array(Type.String()),
  titleVariants: TitleVariants,
  heTitleVariants: TitleVariants,
  schema: Type.Object({}),
});

/** One vertex of the schema; its children are checked when they are visited. */
const SchemaNode = Type.Object({
  nodeType: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  nodes: Type.Optional(Type.Array(Type.Object({}))),
  default: Type.Optional(Type.Boolean()),
  title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  heTitle: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  titles: Type.Optional(
    Type.Array(Type.Object({ text: Type.String(), lang: Type.String(), primary: Type.Optional(Type.Unknown()) })),
  ),
  depth: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
  addressTypes: Type.Optional(Type.Array(Type.String())),
  sectionNames: Type.Optional(Type.Array(Type.String())),
  heSectionNames: Type.Optional(Type.Array(Type.String())),
  index_offsets_by_depth: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  content_counts: Type.Optional(Type.Unknown()),
});
export type SchemaNode = Static<typeof SchemaNode>;

export const checkIndexRecord = checker(IndexRecord, "the book's record");
export const checkSchemaNode = checker(SchemaNode, "a node of the book's schema");
