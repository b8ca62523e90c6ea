/**
 * `GET /api/v3/texts/{ref}?version=…`: the text of a place in several versions, with the place as the service took it.
 *
 *     {"versions":[{"versionTitle":"Tanach with Nikkud","language":"he","priority":2,"license":"CC-BY","text":[…]}],
 *      "ref":"Genesis 1","sections":["1"],"toSections":["1"],"textDepth":2,"next":"Genesis 2","prev":null,"indexTitle":"Genesis","warnings":[], …
 */
import * as v from "valibot";
import { anyObject, checker, integer } from "./check.ts";

const TextsAnswer = v.object({
  versions: v.array(anyObject),
  ref: v.string(),
  sections: v.array(v.union([v.string(), integer])),
  toSections: v.array(v.union([v.string(), integer])),
  textDepth: v.optional(integer),
  /** A section's ref, null at the end of a book. */
  next: v.optional(v.unknown()),
  prev: v.optional(v.unknown()),
});
export type TextsAnswer = v.InferOutput<typeof TextsAnswer>;

export const checkTextsAnswer = checker(TextsAnswer, "the text answer");
