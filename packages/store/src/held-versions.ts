import type { Database } from "bun:sqlite";
import type { HeldVersion } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { pageUrl } from "./page-url.ts";
import { bookIds } from "./read-books.ts";
import { languageOf } from "./rows.ts";

type Row = Omit<HeldVersion, "language" | "url"> & { readonly language: string };

/** Versions that hold text, book by book: what a library owes thanks for. */
export function* heldVersions(
  database: Database,
  drizzle: Drizzle,
  titles: readonly string[] | undefined,
): Generator<HeldVersion> {
  const find = database.query<Row, [number]>(
    `SELECT b.title, b.he_title AS heTitle, v.language, v.version_title AS versionTitle, v.license,
       v.version_source AS versionSource, v.actual_language AS actualLanguage
     FROM book b JOIN version v ON v.book_id = b.id
     WHERE b.id = ? AND EXISTS (SELECT 1 FROM segment_text t WHERE t.version_id = v.id)
     ORDER BY v.language DESC, v.version_title`,
  );
  for (const id of bookIds(drizzle, titles)) {
    for (const row of find.all(id)) {
      yield { ...row, language: languageOf(row.language), url: pageUrl({ title: row.title }, row.title) };
    }
  }
}
