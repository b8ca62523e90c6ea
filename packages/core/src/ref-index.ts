import { foldCitation, parseSections } from "./ref-parse.ts";
import type { Leaf, Path } from "./schema-tree.ts";

/** What a book is cited by. `T` is a leaf as its owner knows it, with its row id for example. */
export interface CitedBook<T extends { readonly leaf: Leaf }> {
  readonly title: string;
  readonly titleVariants: readonly string[];
  readonly leaves: readonly T[];
  /** Full titles of dictionaries. */
  readonly virtualNodes: readonly string[];
  /** Other English names of nodes below the root, by the node's full title. */
  readonly nodeTitles: Readonly<Record<string, readonly string[]>>;
}

/**
 * Why a citation names no place: its book is not here; the book is, but the rest names no place of it; it names a
 * branch, which lies in several leaves; or a dictionary's entry.
 */
export type NoPlace = "unknown-book" | "unknown-place" | "branch" | "virtual";

export type Citation<T> =
  /** First and last place, both inclusive and of one level; empty for the whole leaf. */
  { readonly at: T; readonly from: Path; readonly to: Path } | { readonly none: NoPlace };

/** A vertex of a book's tree, found by its folded names. */
interface Vertex<T> {
  readonly children: Map<string, Vertex<T>>;
  /** Adds nothing to its parent's title. */
  whenUnnamed: Vertex<T> | null;
  leaf: T | null;
  isVirtual: boolean;
}

const SEPARATORS = new Set([..." .,:"].map((separator) => separator.charCodeAt(0)));

/**
 * Reads citations against many books: the longest known title wins, then names of nodes below it, then sections. A
 * look-up takes as many steps as the citation has words, whatever the number of books.
 */
export class RefIndex<T extends { readonly leaf: Leaf }> {
  /** null: two books go by this name, or a book that is known by title only. */
  readonly #books = new Map<string, Vertex<T> | null>();
  #last: { readonly citation: string; readonly found: Citation<T> } | null = null;

  /** @param otherTitles books that exist and are not here: `Genesis Rabbah` is no place of Genesis. */
  constructor(books: readonly CitedBook<T>[], otherTitles: readonly string[] = []) {
    const roots = books.map((book) => ({ book, root: treeOf(book) }));
    const byTitle = new Set<string>();
    for (const { book, root } of roots) {
      byTitle.add(foldCitation(book.title));
      this.#books.set(foldCitation(book.title), root);
    }
    // A title is never hidden by another book's variant.
    for (const { book, root } of roots) {
      for (const name of new Set(book.titleVariants.map(foldCitation))) {
        if (name === "" || byTitle.has(name)) continue;
        const known = this.#books.get(name);
        this.#books.set(name, known === undefined || known === root ? root : null);
      }
    }
    for (const title of otherTitles) {
      const name = foldCitation(title);
      if (!this.#books.has(name)) this.#books.set(name, null);
    }
  }

  find(citation: string): Citation<T> {
    // Files of links are sorted by one of their refs: the same one comes many times in a row.
    if (this.#last?.citation !== citation) this.#last = { citation, found: this.#find(citation) };
    return this.#last.found;
  }

  #find(citation: string): Citation<T> {
    const cited = foldCitation(citation);
    let reason: NoPlace | undefined;
    for (let end = cited.length; end > 0; end = wordEndBefore(cited, end)) {
      const root = this.#books.get(cited.slice(0, end));
      if (root === undefined) continue;
      const found: Citation<T> = root === null ? { none: "unknown-book" } : below(root, cited, end);
      if (!("none" in found)) return found;
      reason ??= found.none === "unknown-place" && isOtherTitle(cited.slice(end)) ? "unknown-book" : found.none;
    }
    return { none: reason ?? "unknown-book" };
  }

  /** Whether a citation names one of the books, at a place that is known or not. */
  touches(citation: string): boolean {
    const found = this.find(citation);
    return !("none" in found) || found.none !== "unknown-book";
  }
}

/** The next shorter beginning that may be a name ends here; 0 when there is none. */
function wordEndBefore(text: string, end: number): number {
  let at = end - 1;
  while (at > 0 && !SEPARATORS.has(text.charCodeAt(at))) at--;
  return at;
}

/** What the rest of a citation names below a vertex whose name ended at `end`. */
function below<T extends { readonly leaf: Leaf }>(vertex: Vertex<T>, cited: string, end: number): Citation<T> {
  const separator = cited.slice(end).match(/^[ .,:]*/)?.[0] ?? "";
  const rest = cited.slice(end + separator.length);
  let reason: NoPlace | undefined;
  for (
    let wordEnd = vertex.children.size === 0 ? 0 : rest.length;
    wordEnd > 0;
    wordEnd = wordEndBefore(rest, wordEnd)
  ) {
    const child = vertex.children.get(rest.slice(0, wordEnd));
    if (child === undefined) continue;
    const found = below(child, rest, wordEnd);
    if (!("none" in found)) return found;
    reason ??= found.none;
  }
  if (reason !== undefined) return { none: reason };
  if (vertex.isVirtual) return { none: "virtual" };
  if (vertex.leaf !== null) {
    const places = parseSections(rest, vertex.leaf.leaf);
    return places === null ? { none: "unknown-place" } : { at: vertex.leaf, ...places };
  }
  if (vertex.whenUnnamed !== null) return below(vertex.whenUnnamed, cited, end);
  return { none: rest === "" ? "branch" : "unknown-place" };
}

/** Words that follow a book's title without a comma are the rest of another book's title. */
function isOtherTitle(rest: string): boolean {
  return /^[ .:]+[^ .:,\d]/.test(rest);
}

function treeOf<T extends { readonly leaf: Leaf }>(book: CitedBook<T>): Vertex<T> {
  const root = emptyVertex<T>();
  for (const item of book.leaves) {
    let here = root;
    let title = book.title;
    for (const key of item.leaf.keys) {
      if (key !== "") title += `, ${key}`;
      here = childOf(here, key, key === "" ? [] : (book.nodeTitles[title] ?? []));
    }
    here.leaf = item;
  }
  for (const title of book.virtualNodes) {
    const name = title.startsWith(`${book.title}, `) ? title.slice(book.title.length + 2) : "";
    if (name === "") root.isVirtual = true;
    else childOf(root, name, book.nodeTitles[title] ?? []).isVirtual = true;
  }
  return root;
}

function emptyVertex<T>(): Vertex<T> {
  return { children: new Map(), whenUnnamed: null, leaf: null, isVirtual: false };
}

function childOf<T>(parent: Vertex<T>, key: string, otherNames: readonly string[]): Vertex<T> {
  if (key === "") return (parent.whenUnnamed ??= emptyVertex());
  const name = foldCitation(key);
  const child = parent.children.get(name) ?? emptyVertex<T>();
  parent.children.set(name, child);
  for (const other of otherNames.map(foldCitation)) {
    if (other !== "" && !parent.children.has(other)) parent.children.set(other, child);
  }
  return child;
}
