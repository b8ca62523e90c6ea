/**
 * `books.json`: the published index of the bucket's files, 20 MB. Texts are named without size; the other files have
 * one. Names stand in the URLs as they are, not percent-encoded.
 *
 *     {"generated_at":"2026-04-02T06:23:11Z","special_files":[{"path":"links/links0.csv","url":"https://…","size":33844396}],
 *      "books":[{"title":"Genesis","language":"Hebrew","versionTitle":"merged","categories":[…],"json_url":"https://…"}]}
 */
import { Type } from "@sinclair/typebox";
import { checker } from "./check.ts";

const BooksIndex = Type.Object({
  special_files: Type.Optional(
    Type.Array(
      Type.Object({
        path: Type.String(),
        url: Type.Optional(Type.String()),
        size: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
  ),
  books: Type.Array(Type.Object({ json_url: Type.Optional(Type.Union([Type.String(), Type.Null()])) })),
});

export const checkBooksIndex = checker(BooksIndex, "the published index of the bucket");
