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

export function saveSchemaObject(drizzle: Drizzle, bookId: number, object: ListedObject, now: number): void {
  save(drizzle, { ...columnsOf(object), bookId, kind: "schema", fetchedAt: now });
}

export function saveTextObject(drizzle: Drizzle, bookId: number, facts: FileFacts, now: number): void {
  const { language, versionTitle, license, priority } = facts.meta;
  const what = { language, versionTitle, license, priority, leaves: pack(facts.leaves) };
  save(drizzle, { ...columnsOf(facts.object), ...what, bookId, kind: "text", fetchedAt: now });
}

/** Objects that the bucket does not have any more. */
export function forgetObjects(drizzle: Drizzle, bookId: number, names: readonly string[]): void {
  if (names.length === 0) return;
  drizzle
    .delete(sourceObject)
    .where(and(eq(sourceObject.bookId, bookId), inArray(sourceObject.name, [...names])))
    .run();
}

function columnsOf({ name, size, md5, crc32c, generation, updated }: ListedObject) {
  return { name, size, md5, crc32c, generation, updated };
}

function save(drizzle: Drizzle, values: typeof sourceObject.$inferInsert): void {
  drizzle.insert(sourceObject).values(values).onConflictDoUpdate({ target: sourceObject.name, set: values }).run();
}
