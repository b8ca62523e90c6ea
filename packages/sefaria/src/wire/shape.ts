/**
 * `GET /api/shape/{title}`: the counts alone, used only for a service that leaves them out of the record.
 *
 *     [{"title":"Genesis","length":50,"chapters":[31,25, …]}]
 *     [{"isComplex":true,"book":"Tur","chapters":[{"title":"Tur, Orach Chaim","chapters":[…]}, …]}]
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const ShapeEntry = Type.Object({
  isComplex: Type.Optional(Type.Boolean()),
  title: Type.Optional(Type.String()),
  chapters: Type.Unknown(),
});
export type ShapeEntry = Static<typeof ShapeEntry>;

export const checkShapeEntry = checker(ShapeEntry, "the book's shape");
