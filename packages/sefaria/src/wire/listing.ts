/**
 * `GET {storage}/storage/v1/b/sefaria-export/o?prefix=…&fields=…`: one page of the bucket's listing. Numbers come as
 * strings; `items` is absent from an empty page, `md5Hash` from a composed object.
 *
 *     {"nextPageToken":"Cg…","items":[{"name":"json/Tanakh/…/merged.json","size":"8123","md5Hash":"Ojk9…==",
 *      "crc32c":"n03x6A==","generation":"1793502000000000","updated":"2026-11-01T03:01:00.000Z"}]}
 */
import { Type, type Static } from "@sinclair/typebox";
import { checker } from "./check.ts";

const Digits = Type.Union([Type.String({ pattern: "^\\d+$" }), Type.Integer({ minimum: 0 })]);

const ListingPage = Type.Object({
  items: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1 }),
        size: Digits,
        md5Hash: Type.Optional(Type.String()),
        crc32c: Type.Optional(Type.String()),
        generation: Digits,
        updated: Type.Optional(Type.String()),
      }),
    ),
  ),
  nextPageToken: Type.Optional(Type.String()),
});
export type ListingPage = Static<typeof ListingPage>;

export const checkListingPage = checker(ListingPage, "the bucket's listing");
