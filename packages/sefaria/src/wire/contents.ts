/**
 * `GET /api/index`: the table of contents, a tree of categories whose leaves are books (and collections, which are not).
 *
 *     [{"category":"Tanakh","heCategory":"…","contents":[{"category":"Torah","contents":[
 *       {"title":"Genesis","heTitle":"…","categories":["Tanakh","Torah"],"order":1}, …
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const Contents = Type.Array(Type.Object({}));

const ContentsNode = Type.Object({
  category: Type.Optional(Type.String()),
  contents: Type.Optional(Type.Array(Type.Object({}))),
  title: Type.Optional(Type.String()),
  heTitle: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  categories: Type.Optional(Type.Array(Type.String())),
  isCollection: Type.Optional(Type.Unknown()),
  nodeType: Type.Optional(Type.Unknown()),
  /** A word, or `false` in older answers. */
  dependence: Type.Optional(Type.Unknown()),
  base_text_titles: Type.Optional(
    Type.Union([
      Type.Array(
        Type.Union([Type.String(), Type.Object({ en: Type.Optional(Type.Union([Type.String(), Type.Null()])) })]),
      ),
      Type.Null(),
    ]),
  ),
});
export type ContentsNode = Static<typeof ContentsNode>;

export const checkContents = checker(Contents, "the table of contents");
export const checkContentsNode = checker(ContentsNode, "an entry of the table of contents");
