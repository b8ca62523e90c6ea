import type { Database } from "bun:sqlite";
import { and, eq, inArray } from "drizzle-orm";
import type { FileFacts, Language, ListedObject } from "@sofer/core";
import type { SourceObject } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { pack, unpack } from "./packed.ts";
import { languageOf } from "./rows.ts";
import { sourceObject } from "./schema.ts";

interface ObjectRow extends ListedObject {
  readonly kind: string;
  readonly language: string | null;
  readonly versionTitle: string | null;
  readonly license: string | null;
  readonly priority: number | null;
  readonly leaves: Uint8Array | null;
  readonly fetchedAt: number;
}

/** The ledger of the bucket: what each object was when the library took it. Prepared, as in read-books.ts: asked for book by book. */
export function objectRows(database: Database, bookTitle: string): SourceObject[] {
  return database
    .query<ObjectRow, [string]>(
      `SELECT o.name, o.kind, o.size, o.md5, o.crc32c, o.generation, o.updated, o.language, o.version_title AS versionTitle,
         o.license, o.priority, o.leaves, o.fetched_at AS fetchedAt
       FROM book b JOIN source_object o ON o.book_id = b.id WHERE b.title = ? ORDER BY o.name`,
    )
    .all(bookTitle)
    .map((row) => {
      const { name, size, md5, crc32c, generation, updated, fetchedAt } = row;
      const object: ListedObject = { name, size, md5, crc32c, generation, updated };
      return { kind: row.kind === "text" ? "text" : "schema", object, facts: factsOf(row, object), fetchedAt };
    });
}

function factsOf(row: ObjectRow, object: ListedObject): FileFacts | null {
  if (row.kind !== "text" || row.leaves === null) return null;
  const language: Language = languageOf(row.language ?? "");
  return {
    object,
    meta: { language, versionTitle: row.versionTitle ?? "", license: row.license ?? "", priority: row.priority ?? 0 },
    leaves: unpack(row.leaves) as FileFacts["leaves"],
  };
}

export function saveSchemaObject(database: Database, bookId: number, object: ListedObject, now: number): void {
  save(database, bookId, object, null, now);
}

export function saveTextObject(database: Database, bookId: number, facts: FileFacts, now: number): void {
  save(database, bookId, facts.object, facts, now);
}

/** Objects that the bucket does not have any more. */
export function forgetObjects(drizzle: Drizzle, bookId: number, names: readonly string[]): void {
  if (names.length === 0) return;
  drizzle
    .delete(sourceObject)
    .where(and(eq(sourceObject.bookId, bookId), inArray(sourceObject.name, [...names])))
    .run();
}

/** @param facts of a text; null: it is a schema */
function save(database: Database, bookId: number, object: ListedObject, facts: FileFacts | null, now: number): void {
  const { name, size, md5, crc32c, generation, updated } = object;
  const meta = facts?.meta ?? { language: null, versionTitle: null, license: null, priority: null };
  database
    .query(
      `INSERT INTO source_object (name, book_id, kind, size, md5, crc32c, generation, updated, language, version_title,
         license, priority, leaves, fetched_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET
         book_id = excluded.book_id, kind = excluded.kind, size = excluded.size, md5 = excluded.md5,
         crc32c = excluded.crc32c, generation = excluded.generation, updated = excluded.updated,
         language = excluded.language, version_title = excluded.version_title, license = excluded.license,
         priority = excluded.priority, leaves = excluded.leaves, fetched_at = excluded.fetched_at`,
    )
    .run(
      name,
      bookId,
      facts === null ? "schema" : "text",
      size,
      md5,
      crc32c,
      generation,
      updated,
      meta.language,
      meta.versionTitle,
      meta.license,
      meta.priority,
      facts === null ? null : pack(facts.leaves),
      now,
    );
}
