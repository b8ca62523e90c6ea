import type { Database } from "bun:sqlite";
import { and, eq } from "drizzle-orm";
import { SoferError, type VersionKey } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { settleAsLoser } from "./holdings.ts";
import { unmarkChunked } from "./leaf-chunks.ts";
import { chunked, holding, node, version } from "./schema.ts";
import { removeVersionTexts } from "./write-outline.ts";

/** @throws `internal` when the leaf's book has no such version */
export function requireVersion(drizzle: Drizzle, nodeId: number, key: VersionKey): number {
  const row = drizzle
    .select({ id: version.id })
    .from(version)
    .innerJoin(node, eq(node.bookId, version.bookId))
    .where(and(eq(node.id, nodeId), eq(version.language, key.language), eq(version.versionTitle, key.versionTitle)))
    .get();
  if (row === undefined)
    throw new SoferError("internal", `leaf ${nodeId} has no version ${key.language}|${key.versionTitle}`);
  return row.id;
}

/** Takes a version out of a leaf that another of its side has won. */
export function dropVersion(database: Database, drizzle: Drizzle, nodeId: number, key: VersionKey): void {
  const versionId = requireVersion(drizzle, nodeId, key);
  const { license } = drizzle
    .select({ license: version.license })
    .from(version)
    .where(eq(version.id, versionId))
    .get() ?? { license: "" };
  removeVersionTexts(database, nodeId, versionId);
  unmarkChunked(database, nodeId, versionId);
  settleAsLoser(drizzle, nodeId, versionId, { language: key.language, versionTitle: key.versionTitle, license });
  removeEmptyVersions(database, bookIdOf(drizzle, nodeId));
}

/** Takes a version out of a leaf: its texts, and what was proven of them. */
export function removeVersion(database: Database, drizzle: Drizzle, nodeId: number, versionId: number): void {
  removeVersionTexts(database, nodeId, versionId);
  for (const table of [holding, chunked])
    drizzle
      .delete(table)
      .where(and(eq(table.nodeId, nodeId), eq(table.versionId, versionId)))
      .run();
}

/** A version that holds nothing in any leaf of its book is not one the library has. */
export function removeEmptyVersions(database: Database, bookId: number): void {
  database
    .query(
      `DELETE FROM version WHERE book_id = ?
         AND NOT EXISTS (SELECT 1 FROM holding h WHERE h.version_id = version.id)
         AND NOT EXISTS (SELECT 1 FROM segment_text t WHERE t.version_id = version.id)
         AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.version_id = version.id)`,
    )
    .run(bookId);
}

function bookIdOf(drizzle: Drizzle, nodeId: number): number {
  return drizzle.select({ bookId: node.bookId }).from(node).where(eq(node.id, nodeId)).get()?.bookId ?? -1;
}
