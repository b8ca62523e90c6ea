/**
 * `GET /api/v2/index/{title}?with_content_counts=1`: a book's record, its schema, and on every leaf of the schema the
 * counts of what exists.
 *
 *     {"title":"Genesis","categories":["Tanakh","Torah"],"titleVariants":["Bereshit"],"schema":{"nodeType":
 *      "JaggedArrayNode","depth":2,"addressTypes":["Perek","Pasuk"],"content_counts":[31,25,24, …
 */
import * as v from "valibot";
import { anyObject, checker, integer } from "./check.ts";

const TitleVariants = v.nullish(v.array(v.string()));

const IndexRecord = v.object({
  title: v.pipe(v.string(), v.minLength(1)),
  heTitle: v.nullish(v.string()),
  categories: v.array(v.string()),
  titleVariants: TitleVariants,
  heTitleVariants: TitleVariants,
  schema: anyObject,
});

/** One vertex of the schema; its children are checked when they are visited. */
const SchemaNode = v.pipe(
  anyObject,
  v.object({
    nodeType: v.nullish(v.string()),
    nodes: v.optional(v.array(anyObject)),
    default: v.optional(v.boolean()),
    title: v.nullish(v.string()),
    heTitle: v.nullish(v.string()),
    titles: v.optional(v.array(v.object({ text: v.string(), lang: v.string(), primary: v.optional(v.unknown()) }))),
    depth: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(10))),
    addressTypes: v.optional(v.array(v.string())),
    sectionNames: v.optional(v.array(v.string())),
    heSectionNames: v.optional(v.array(v.string())),
    index_offsets_by_depth: v.nullish(v.pipe(anyObject, v.record(v.string(), v.unknown()))),
    content_counts: v.optional(v.unknown()),
  }),
);
export type SchemaNode = v.InferOutput<typeof SchemaNode>;

export const checkIndexRecord = checker(IndexRecord, "the book's record");
export const checkSchemaNode = checker(SchemaNode, "a node of the book's schema");
