import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import { formatHeRef, formatRef, pathFromBytes, slotCount, type BookOutline, type Leaf, type Shape } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { removeChunksOf } from "./leaf-chunks.ts";
import { forgetLinkAccount } from "./link-account.ts";
import { removeTexts, textIdsIn } from "./leaf-texts.ts";
import { pack } from "./packed.ts";
import { placeRange } from "./place-range.ts";
import { leafOf } from "./rows.ts";
import { book, chunked, holding, linkSide, node, settled, splitHint, version } from "./schema.ts";

/** Writes a book and its leaves; ids stay. Leaves that the source no longer has go, with all they held. */
export function writeOutline(
  database: Database,
  drizzle: Drizzle,
  outline: BookOutline,
  position: number,
  now: number,
): number {
  const { tree } = outline;
  const values = {
    title: tree.title,
    heTitle: tree.heTitle,
    categories: JSON.stringify(outline.categories),
    position,
    isComplex: tree.isComplex,
    titleVariants: JSON.stringify(outline.titleVariants),
    heTitleVariants: JSON.stringify(outline.heTitleVariants),
    record: pack(outline.record),
    nodeTitles: JSON.stringify(outline.nodeTitles ?? {}),
    virtualNodes: JSON.stringify(tree.virtualNodes),
    checkedAt: now,
  };
  const saved = drizzle
    .insert(book)
    .values(values)
    .onConflictDoUpdate({ target: book.title, set: values })
    .returning({ id: book.id })
    .get();
  const titles = new Set(tree.leaves.map((leaf) => leaf.title));
  for (const row of drizzle
    .select({ id: node.id, title: node.title })
    .from(node)
    .where(eq(node.bookId, saved.id))
    .all()) {
    if (!titles.has(row.title)) removeLeaf(database, drizzle, row.id);
  }
  for (const leaf of tree.leaves) writeLeaf(database, drizzle, saved.id, leaf, outline.shapes[leaf.title] ?? []);
  return saved.id;
}

function writeLeaf(database: Database, drizzle: Drizzle, bookId: number, leaf: Leaf, shape: Shape): void {
  const before = drizzle.select({ id: node.id, leaf: node.leaf }).from(node).where(eq(node.title, leaf.title)).get();
  const values = {
    bookId,
    title: leaf.title,
    heTitle: leaf.heTitle,
    position: leaf.order,
    depth: leaf.depth,
    leaf: JSON.stringify(leaf),
    shape: JSON.stringify(shape),
    slots: slotCount(shape),
  };
  if (before === undefined) {
    drizzle.insert(node).values(values).run();
    return;
  }
  drizzle.update(node).set(values).where(eq(node.id, before.id)).run();
  const old = leafOf(before.leaf);
  if (sameAddresses(old, leaf)) return;
  rewriteRefs(database, before.id, leaf);
  // The same refs may mean other places now.
  displaceLinks(database, drizzle, before.id);
  // Chunk ids are made from refs.
  drizzle.delete(chunked).where(eq(chunked.nodeId, before.id)).run();
  if (old.depth === leaf.depth) return;
  // The same numbers now mean other places: what was proven no longer holds, and the leaf is asked for again.
  drizzle.delete(holding).where(eq(holding.nodeId, before.id)).run();
  drizzle.delete(settled).where(eq(settled.nodeId, before.id)).run();
}

function sameAddresses(a: Leaf, b: Leaf): boolean {
  const address = (leaf: Leaf) => JSON.stringify([leaf.depth, leaf.heTitle, leaf.addressTypes, leaf.offsets]);
  return address(a) === address(b);
}

function rewriteRefs(database: Database, nodeId: number, leaf: Leaf): void {
  const update = database.query("UPDATE segment SET ref = ?, he_ref = ? WHERE id = ?");
  const rows = database
    .query<{ id: number; path: Uint8Array }, [number]>("SELECT id, path FROM segment WHERE node_id = ?")
    .all(nodeId);
  for (const row of rows) {
    const path = pathFromBytes(row.path);
    update.run(formatRef(leaf, path), formatHeRef(leaf, path), row.id);
  }
}

/** Sides of links in a leaf dangle until resolveLinks reads their refs anew. */
function displaceLinks(database: Database, drizzle: Drizzle, nodeId: number): void {
  const { changes } = drizzle
    .update(linkSide)
    .set({ nodeId: null, fromPath: null, toPath: null, home: null, state: "unknown-book" })
    .where(eq(linkSide.nodeId, nodeId))
    .run() as unknown as { changes: number };
  if (changes > 0) forgetLinkAccount(database);
}

/** With all it held; links to it stay, and dangle. */
export function removeLeaf(database: Database, drizzle: Drizzle, nodeId: number): void {
  const { bookId } = drizzle.select({ bookId: node.bookId }).from(node).where(eq(node.id, nodeId)).get() ?? {
    bookId: -1,
  };
  for (const row of drizzle.select({ id: version.id }).from(version).where(eq(version.bookId, bookId)).all()) {
    removeVersionTexts(database, nodeId, row.id);
  }
  for (const table of [holding, settled, chunked, splitHint])
    drizzle.delete(table).where(eq(table.nodeId, nodeId)).run();
  // Links stay; their place in this leaf is gone.
  displaceLinks(database, drizzle, nodeId);
  drizzle.delete(node).where(eq(node.id, nodeId)).run();
}

/** Removes all of one version's texts in a leaf, with their chunks and index rows. */
export function removeVersionTexts(database: Database, nodeId: number, versionId: number): void {
  const ids = textIdsIn(database, nodeId, versionId, placeRange(null));
  removeChunksOf(database, ids);
  removeTexts(database, ids);
}
