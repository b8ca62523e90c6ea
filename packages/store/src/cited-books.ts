import type { Database } from "bun:sqlite";
import { RefIndex, type CitedBook, type Leaf } from "@sofer/core";
import type { Citations } from "./api.ts";
import { unpack } from "./packed.ts";
import { entriesOf, leafOf, namesOf, stringsOf } from "./rows.ts";

/** A leaf as links point to it. */
export interface CitedLeaf {
  readonly nodeId: number;
  readonly leaf: Leaf;
}

/** Everything the library's books are cited by, and the titles of books that are in its contents only. */
export function citationIndex(database: Database): RefIndex<CitedLeaf> {
  const leaves = Map.groupBy(
    database
      .query<{ id: number; bookId: number; leaf: string }, []>(
        "SELECT id, book_id AS bookId, leaf FROM node ORDER BY book_id, position, id",
      )
      .all(),
    (row) => row.bookId,
  );
  const books = database
    .query<{ id: number; title: string; titleVariants: string; virtualNodes: string; nodeTitles: string }, []>(
      `SELECT id, title, title_variants AS titleVariants, virtual_nodes AS virtualNodes, node_titles AS nodeTitles
       FROM book ORDER BY position, title`,
    )
    .all()
    .map((row): CitedBook<CitedLeaf> => ({
      title: row.title,
      titleVariants: stringsOf(row.titleVariants),
      leaves: (leaves.get(row.id) ?? []).map(({ id, leaf }) => ({ nodeId: id, leaf: leafOf(leaf) })),
      virtualNodes: stringsOf(row.virtualNodes),
      nodeTitles: namesOf(row.nodeTitles),
    }));
  return new RefIndex(books, otherTitles(database));
}

function otherTitles(database: Database): string[] {
  return database
    .query<{ entries: Uint8Array }, []>("SELECT entries FROM contents")
    .all()
    .flatMap((row) => entriesOf(unpack(row.entries)).map((entry) => entry.title));
}

export function citationsOf(database: Database): Citations {
  const index = citationIndex(database);
  const hash = new Bun.CryptoHasher("sha256");
  const names = "SELECT title, title_variants FROM book ORDER BY title";
  for (const row of database.query(names).iterate()) hash.update(JSON.stringify(row));
  return {
    find: (citation) => index.find(citation),
    touches: (citation) => index.touches(citation),
    booksHash: hash.digest("hex"),
  };
}

/** Changes with everything that citationIndex is made of. */
export function citationFingerprint(database: Database): string {
  const hash = new Bun.CryptoHasher("sha256");
  const add = (sql: string) => {
    for (const row of database.query(sql).iterate()) hash.update(JSON.stringify(row));
  };
  add("SELECT id, book_id, leaf FROM node ORDER BY id");
  add("SELECT id, title, title_variants, virtual_nodes, node_titles FROM book ORDER BY position, title");
  for (const title of otherTitles(database)) hash.update(title);
  return hash.digest("hex");
}
