/**
 * `GET /api/texts/versions/{title}`: the metadata of a book's versions. The same fields stand beside `text` in a text
 * answer.
 *
 *     [{"title":"Rashi on Genesis","language":"he","versionTitle":"…","versionSource":null,"license":"unknown",
 *       "priority":"","actualLanguage":"he", …
 */
import * as v from "valibot";
import { anyObject, checker } from "./check.ts";

const VersionList = v.array(anyObject);

const VersionRecord = v.object({
  language: v.picklist(["he", "en"]),
  versionTitle: v.string(),
  versionSource: v.nullish(v.string()),
  license: v.nullish(v.string()),
  /** A number, "" or absent. */
  priority: v.optional(v.unknown()),
  actualLanguage: v.nullish(v.string()),
});
export type VersionRecord = v.InferOutput<typeof VersionRecord>;

export const checkVersionList = checker(VersionList, "the list of versions");
export const checkVersionRecord = checker(VersionRecord, "a version's record");
