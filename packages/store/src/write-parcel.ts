import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import { SoferError, type Changes, type ChunkedParcel, type Leaf, type VersionMeta } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { coversLeaf, writeHolding } from "./holdings.ts";
import { allTextsChunked, markChunked, removeChunksOf, unmarkChunked, writeChunks } from "./leaf-chunks.ts";
import { removeTexts, requireStored, writeTexts } from "./leaf-texts.ts";
import { placeRange } from "./place-range.ts";
import { leafOf, shapeOfRow } from "./rows.ts";
import { node, version } from "./schema.ts";

/** Rows, chunks and holding of one parcel, inside the caller's transaction. Returns what that did to the texts. */
export function writeParcel(database: Database, drizzle: Drizzle, parcel: ChunkedParcel, now: number): Changes {
  const row = drizzle.select().from(node).where(eq(node.id, parcel.nodeId)).get();
  if (row === undefined) throw new SoferError("internal", `the library has no leaf ${parcel.nodeId}`);
  const leaf: Leaf = leafOf(row.leaf);
  const versionId = upsertVersion(drizzle, row.bookId, parcel.version);
  const range = placeRange(parcel.range);
  const { ids, added, altered, gone, changes } = writeTexts(database, leaf, versionId, parcel, range);
  removeChunksOf(database, [...altered, ...gone]);
  removeTexts(database, gone);
  requireStored(database, versionId, parcel, range);
  if (parcel.chunks !== null)
    writeChunks(database, parcel.nodeId, versionId, range, parcel.chunks, { ids, paths: parcel.paths });
  writeHolding(drizzle, versionId, parcel, now);
  const isWhole =
    parcel.chunks !== null &&
    (parcel.range === null ||
      (coversLeaf(database, parcel.nodeId, versionId, shapeOfRow(row.shape)) &&
        allTextsChunked(database, parcel.nodeId, versionId)));
  if (isWhole) markChunked(database, parcel.nodeId, versionId);
  else if (added > 0 || altered.length > 0 || gone.length > 0) unmarkChunked(database, parcel.nodeId, versionId);
  return changes;
}

/** Never INSERT OR REPLACE: that deletes the row that texts and holdings point to. */
function upsertVersion(drizzle: Drizzle, bookId: number, meta: VersionMeta): number {
  const { language, versionTitle, license, versionSource, priority, actualLanguage } = meta;
  const set = { license, versionSource, priority, actualLanguage, other: JSON.stringify(meta.other) };
  return drizzle
    .insert(version)
    .values({ bookId, language, versionTitle, ...set })
    .onConflictDoUpdate({ target: [version.bookId, version.language, version.versionTitle], set })
    .returning({ id: version.id })
    .get().id;
}
