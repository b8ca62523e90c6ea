/**
 * `GET /api/v3/texts/{ref}?version=…`: the text of a place in several versions, with the place as the service took it.
 *
 *     {"versions":[{"versionTitle":"Tanach with Nikkud","language":"he","priority":2,"license":"CC-BY","text":[…]}],
 *      "ref":"Genesis 1","sections":["1"],"toSections":["1"],"textDepth":2,"next":"Genesis 2","prev":null,"indexTitle":"Genesis","warnings":[], …
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const TextsAnswer = Type.Object({
  versions: Type.Array(Type.Object({})),
  ref: Type.String(),
  sections: Type.Array(Type.Union([Type.String(), Type.Integer()])),
  toSections: Type.Array(Type.Union([Type.String(), Type.Integer()])),
  textDepth: Type.Optional(Type.Integer()),
  /** A section's ref, null at the end of a book. */
  next: Type.Optional(Type.Unknown()),
  prev: Type.Optional(Type.Unknown()),
});
export type TextsAnswer = Static<typeof TextsAnswer>;

export const checkTextsAnswer = checker(TextsAnswer, "the text answer");
