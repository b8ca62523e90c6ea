/**
 * `books.json`: the published index of the bucket's files, 20 MB. Texts are named without size; the other files have
 * one. Names stand in the URLs as they are, not percent-encoded.
 *
 *     {"generated_at":"2026-04-02T06:23:11Z","special_files":[{"path":"links/links0.csv","url":"https://…","size":33844396}],
 *      "books":[{"title":"Genesis","language":"Hebrew","versionTitle":"merged","categories":[…],"json_url":"https://…"}]}
 */
import * as v from "valibot";
import { anyObject, checker, natural } from "./check.ts";

const BooksIndex = v.object({
  special_files: v.optional(
    v.array(v.object({ path: v.string(), url: v.optional(v.string()), size: v.optional(natural) })),
  ),
  books: v.array(v.pipe(anyObject, v.object({ json_url: v.nullish(v.string()) }))),
});

export const checkBooksIndex = checker(BooksIndex, "the published index of the bucket");
