/**
 * `GET {storage}/storage/v1/b/sefaria-export/o?prefix=…&fields=…`: one page of the bucket's listing. Numbers come as
 * strings; `items` is absent from an empty page, `md5Hash` from a composed object.
 *
 *     {"nextPageToken":"Cg…","items":[{"name":"json/Tanakh/…/merged.json","size":"8123","md5Hash":"Ojk9…==",
 *      "crc32c":"n03x6A==","generation":"1793502000000000","updated":"2026-11-01T03:01:00.000Z"}]}
 */
import * as v from "valibot";
import { checker, natural } from "./check.ts";

const Digits = v.union([v.pipe(v.string(), v.digits()), natural]);

const ListingPage = v.object({
  items: v.optional(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.minLength(1)),
        size: Digits,
        md5Hash: v.optional(v.string()),
        crc32c: v.optional(v.string()),
        generation: Digits,
        updated: v.optional(v.string()),
      }),
    ),
  ),
  nextPageToken: v.optional(v.string()),
});
export type ListingPage = v.InferOutput<typeof ListingPage>;

export const checkListingPage = checker(ListingPage, "the bucket's listing");
