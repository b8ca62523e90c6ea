import type { Database } from "bun:sqlite";
import { foldCitation, parseRef, pathToBytes, RefIndex, type Leaf, type Path } from "@sofer/core";
import { after } from "../place-range.ts";
import { leafOf, namesOf, stringsOf } from "../rows.ts";

/** A place of the library that a query cites. */
export interface CitedPlace {
  readonly bookId: number;
  readonly nodeId: number;
  readonly leaf: Leaf;
  /** First and last place, both inclusive and of one level; never the whole leaf. */
  readonly from: Path;
  readonly to: Path;
}

/** What a query is when it begins with a book's name; null when it does not, or when what follows is no place. */
export type Citing =
  | { readonly kind: "place"; readonly place: CitedPlace }
  /** The name alone. */
  | { readonly kind: "book"; readonly title: string }
  /** A number follows at which the library has no text. */
  | { readonly kind: "no-such-place"; readonly title: string };

interface NamedBook {
  readonly id: number;
  readonly title: string;
  readonly heTitle: string;
  readonly isHebrewName: boolean;
}

type Names = ReadonlyMap<string, readonly NamedBook[]>;

/** Names of one connection, until another one writes. Reading them takes some ms for each thousand books. */
const namesOfConnection = new WeakMap<Database, { readonly dataVersion: number; readonly names: Names }>();

interface BookNamesRow {
  readonly id: number;
  readonly title: string;
  readonly heTitle: string;
  readonly titleVariants: string;
  readonly heTitleVariants: string;
}

function bookNames(database: Database): Names {
  const dataVersion = database.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version ?? 0;
  const known = namesOfConnection.get(database);
  if (known?.dataVersion === dataVersion) return known.names;
  const rows = database
    .query<BookNamesRow, []>(
      `SELECT id, title, he_title AS heTitle, title_variants AS titleVariants, he_title_variants AS heTitleVariants
       FROM book ORDER BY position, title`,
    )
    .all();
  const names = new Map<string, NamedBook[]>();
  const add = (name: string, { id, title, heTitle }: BookNamesRow, isHebrewName: boolean) => {
    const key = foldCitation(name);
    const books = names.get(key) ?? [];
    if (key === "" || books.some((book) => book.id === id)) return;
    names.set(key, [...books, { id, title, heTitle, isHebrewName }]);
  };
  // A title goes before another book's variant.
  for (const row of rows) add(row.title, row, false);
  for (const row of rows) add(row.heTitle, row, true);
  for (const row of rows) for (const name of stringsOf(row.titleVariants)) add(name, row, false);
  for (const row of rows) for (const name of stringsOf(row.heTitleVariants)) add(name, row, true);
  namesOfConnection.set(database, { dataVersion, names });
  return names;
}

/** Reads a query as a citation: the longest name that it begins with, then sections of that book. */
export function cite(database: Database, query: string): Citing | null {
  const cited = foldCitation(query);
  const names = bookNames(database);
  let missing: Citing | null = null;
  for (let end = cited.length; end > 0; end = nameEndBefore(cited, end)) {
    for (const book of names.get(cited.slice(0, end)) ?? []) {
      const rest = cited.slice(end);
      if (rest.replaceAll(/[ .,:]/g, "") === "") return { kind: "book", title: book.title };
      const place = placeIn(database, book, rest);
      if (place !== null && hasText(database, place)) return { kind: "place", place };
      // Only a number in digits is surely meant as a place: letters may be words.
      if (/^[ .,:]+\d/.test(rest)) missing ??= { kind: "no-such-place", title: book.title };
    }
  }
  return missing;
}

function nameEndBefore(text: string, end: number): number {
  let at = end - 1;
  while (at > 0 && !" .,:".includes(text[at] ?? "")) at--;
  return at;
}

function placeIn(database: Database, book: NamedBook, rest: string): CitedPlace | null {
  const row = database
    .query<{ isComplex: number; virtualNodes: string; nodeTitles: string }, [number]>(
      "SELECT is_complex AS isComplex, virtual_nodes AS virtualNodes, node_titles AS nodeTitles FROM book WHERE id = ?",
    )
    .get(book.id);
  if (row === null) return null;
  const leaves = database
    .query<{ id: number; leaf: string }, [number]>("SELECT id, leaf FROM node WHERE book_id = ? ORDER BY position, id")
    .all(book.id)
    .map(({ id, leaf }) => ({ nodeId: id, leaf: leafOf(leaf) }));
  const found = book.isHebrewName
    ? inHebrew(book, rest, leaves, row.isComplex !== 0)
    : inEnglish(book, rest, leaves, row);
  return found === null || found.from.length === 0 ? null : { bookId: book.id, ...found };
}

interface NodeLeaf {
  readonly nodeId: number;
  readonly leaf: Leaf;
}

type LeafPlace = NodeLeaf & { readonly from: Path; readonly to: Path };

function inEnglish(
  { title }: NamedBook,
  rest: string,
  leaves: readonly NodeLeaf[],
  row: { readonly virtualNodes: string; readonly nodeTitles: string },
): LeafPlace | null {
  const index = new RefIndex([
    {
      title,
      titleVariants: [],
      leaves,
      virtualNodes: stringsOf(row.virtualNodes),
      nodeTitles: namesOf(row.nodeTitles),
    },
  ]);
  const found = index.find(`${title}${rest}`);
  return "none" in found ? null : { ...found.at, from: found.from, to: found.to };
}

function inHebrew(
  { title, heTitle }: NamedBook,
  rest: string,
  leaves: readonly NodeLeaf[],
  isComplex: boolean,
): LeafPlace | null {
  const tree = { title, heTitle, isComplex, leaves: leaves.map(({ leaf }) => leaf), virtualNodes: [] };
  const found = parseRef(`${heTitle}${rest}`, tree);
  const at = leaves.find(({ leaf }) => leaf === found?.leaf);
  return found === null || at === undefined ? null : { ...at, from: found.from, to: found.to };
}

function hasText(database: Database, { nodeId, from, to }: CitedPlace): boolean {
  const row = database
    .query<{ id: number }, [number, Uint8Array, Uint8Array]>(
      "SELECT id FROM segment WHERE node_id = ? AND path >= ? AND path < ? LIMIT 1",
    )
    .get(nodeId, pathToBytes(from), after(to));
  return row !== null;
}
