/**
 * `GET /api/index`: the table of contents, a tree of categories whose leaves are books (and collections, which are not).
 *
 *     [{"category":"Tanakh","heCategory":"…","contents":[{"category":"Torah","contents":[
 *       {"title":"Genesis","heTitle":"…","categories":["Tanakh","Torah"],"order":1}, …
 */
import * as v from "valibot";
import { anyObject, checker } from "./check.ts";

const Contents = v.array(anyObject);

const ContentsNode = v.pipe(
  anyObject,
  v.object({
    category: v.optional(v.string()),
    contents: v.optional(v.array(anyObject)),
    title: v.optional(v.string()),
    heTitle: v.nullish(v.string()),
    categories: v.optional(v.array(v.string())),
    isCollection: v.optional(v.unknown()),
    nodeType: v.optional(v.unknown()),
    /** A word, or `false` in older answers. */
    dependence: v.optional(v.unknown()),
    base_text_titles: v.nullish(v.array(v.union([v.string(), v.object({ en: v.nullish(v.string()) })]))),
  }),
);
export type ContentsNode = v.InferOutput<typeof ContentsNode>;

export const checkContents = checker(Contents, "the table of contents");
export const checkContentsNode = checker(ContentsNode, "an entry of the table of contents");
