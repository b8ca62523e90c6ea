import { and, asc, eq, inArray } from "drizzle-orm";
import type { FileFacts, Language, ListedObject } from "@sofer/core";
import type { SourceObject } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { pack, unpack } from "./packed.ts";
import { languageOf } from "./rows.ts";
import { book, sourceObject } from "./schema.ts";

/** The ledger of the bucket: what each object was when the library took it. */
export function objectRows(drizzle: Drizzle, bookTitle: string): SourceObject[] {
  return drizzle
    .select({ row: sourceObject })
    .from(sourceObject)
    .innerJoin(book, eq(book.id, sourceObject.bookId))
    .where(eq(book.title, bookTitle))
    .orderBy(asc(sourceObject.name))
    .all()
    .map(({ row }) => {
      const { name, size, md5, crc32c, generation, updated } = row;
      const object: ListedObject = { name, size, md5, crc32c, generation, updated };
      return { kind: row.kind, object, facts: factsOf(row, object), fetchedAt: row.fetchedAt };
    });
}

function factsOf(row: typeof sourceObject.$inferSelect, object: ListedObject): FileFacts | null {
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
