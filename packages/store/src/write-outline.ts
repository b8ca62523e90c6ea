import type { Database, SQLQueryBindings } from "bun:sqlite";
import { eq } from "drizzle-orm";
import {
  formatHeRef,
  formatRef,
  pathFromBytes,
  slotCount,
  SoferError,
  type BookOutline,
  type Leaf,
  type Shape,
} from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { removeChunksOf } from "./leaf-chunks.ts";
import { forgetLinkAccount } from "./link-account.ts";
import { removeTexts, textIdsIn } from "./leaf-texts.ts";
import { pack } from "./packed.ts";
import { placeRange } from "./place-range.ts";
import { leafOf } from "./rows.ts";
import { chunked, holding, linkSide, node, settled, splitHint, version } from "./schema.ts";

/**
 * Writes a book and its leaves; ids stay. Leaves that the source no longer has go, with all they held. Prepared statements
 * for what each book takes; Drizzle for what is rare.
 */
export function writeOutline(
  database: Database,
  drizzle: Drizzle,
  outline: BookOutline,
  position: number,
  now: number,
): number {
  const { tree } = outline;
  const bookId = upsertBook(database, outline, position, now);
  const titles = new Set(tree.leaves.map((leaf) => leaf.title));
  const rows = database
    .query<{ id: number; title: string }, [number]>("SELECT id, title FROM node WHERE book_id = ?")
    .all(bookId);
  for (const row of rows) if (!titles.has(row.title)) removeLeaf(database, drizzle, row.id);
  for (const leaf of tree.leaves) writeLeaf(database, drizzle, bookId, leaf, outline.shapes[leaf.title] ?? []);
  return bookId;
}

/** @returns its id */
function upsertBook(database: Database, outline: BookOutline, position: number, now: number): number {
  const { tree } = outline;
  const row = database
    .query<{ id: number }, SQLQueryBindings[]>(
      `INSERT INTO book (title, he_title, categories, position, is_complex, title_variants, he_title_variants, record,
         node_titles, virtual_nodes, checked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (title) DO UPDATE SET
         he_title = excluded.he_title, categories = excluded.categories, position = excluded.position,
         is_complex = excluded.is_complex, title_variants = excluded.title_variants,
         he_title_variants = excluded.he_title_variants, record = excluded.record, node_titles = excluded.node_titles,
         virtual_nodes = excluded.virtual_nodes, checked_at = excluded.checked_at
       RETURNING id`,
    )
    .get(
      tree.title,
      tree.heTitle,
      JSON.stringify(outline.categories),
      position,
      tree.isComplex ? 1 : 0,
      JSON.stringify(outline.titleVariants),
      JSON.stringify(outline.heTitleVariants),
      pack(outline.record),
      JSON.stringify(outline.nodeTitles ?? {}),
      JSON.stringify(tree.virtualNodes),
      now,
    );
  if (row === null) throw new SoferError("internal", `the book "${tree.title}" has no row`);
  return row.id;
}

function writeLeaf(database: Database, drizzle: Drizzle, bookId: number, leaf: Leaf, shape: Shape): void {
  const before = database
    .query<{ id: number; leaf: string }, [string]>("SELECT id, leaf FROM node WHERE title = ?")
    .get(leaf.title);
  database
    .query(
      `INSERT INTO node (book_id, title, he_title, position, depth, leaf, shape, slots) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (title) DO UPDATE SET
         book_id = excluded.book_id, he_title = excluded.he_title, position = excluded.position, depth = excluded.depth,
         leaf = excluded.leaf, shape = excluded.shape, slots = excluded.slots`,
    )
    .run(
      bookId,
      leaf.title,
      leaf.heTitle,
      leaf.order,
      leaf.depth,
      JSON.stringify(leaf),
      JSON.stringify(shape),
      slotCount(shape),
    );
  if (before === null) return;
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
