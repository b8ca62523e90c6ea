/**
 * `GET /api/shape/{title}`: the counts alone, used only for a service that leaves them out of the record.
 *
 *     [{"title":"Genesis","length":50,"chapters":[31,25, …]}]
 *     [{"isComplex":true,"book":"Tur","chapters":[{"title":"Tur, Orach Chaim","chapters":[…]}, …]}]
 */
import * as v from "valibot";
import { checker } from "./check.ts";

const ShapeEntry = v.object({
  isComplex: v.optional(v.boolean()),
  title: v.optional(v.string()),
  chapters: v.unknown(),
});
export type ShapeEntry = v.InferOutput<typeof ShapeEntry>;

export const checkShapeEntry = checker(ShapeEntry, "the book's shape");
