/**
 * `GET /api/related/{ref}`: what else is about a place; of it all, only the links are looked at.
 *
 *     {"links":[{"_id":"54bd48c4fbfba21733367bfa","anchorRef":"Or HaChaim on Deuteronomy 1:1:1","ref":"Psalms 51", …}],
 *      "sheets":[],"notes":[],"topics":[], …
 */
import * as v from "valibot";
import { checker } from "./check.ts";

const RelatedAnswer = v.object({ links: v.array(v.object({ ref: v.string(), anchorRef: v.string() })) });

export const checkRelatedAnswer = checker(RelatedAnswer, "the answer of what is related");
