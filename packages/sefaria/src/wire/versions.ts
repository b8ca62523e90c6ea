/**
 * `GET /api/texts/versions/{title}`: the metadata of a book's versions. The same fields stand beside `text` in a text
 * answer.
 *
 *     [{"title":"Rashi on Genesis","language":"he","versionTitle":"…","versionSource":null,"license":"unknown",
 *       "priority":"","actualLanguage":"he", …
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const VersionList = Type.Array(Type.Object({}));

const VersionRecord = Type.Object({
  language: Type.Union([Type.Literal("he"), Type.Literal("en")]),
  versionTitle: Type.String(),
  versionSource: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  license: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** A number, "" or absent. */
  priority: Type.Optional(Type.Unknown()),
  actualLanguage: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
export type VersionRecord = Static<typeof VersionRecord>;

export const checkVersionList = checker(VersionList, "the list of versions");
export const checkVersionRecord = checker(VersionRecord, "a version's record");
