import { comparePaths, formatRef, type Leaf, type Path, type Ref, type Shape } from "@sofer/core";
import { filledPaths, unionCounts } from "./jagged.ts";
import type { BookContent, SandboxBook, SandboxLibrary, SandboxVersion } from "./library.ts";
import { buildNodes, walkNodes, type BookNode } from "./nodes.ts";
import { foldTitle } from "./titles.ts";

/** A section that has text in some version, in the book's reading order. */
export interface Section {
  readonly leaf: Leaf;
  readonly path: Path;
}

/** A book in memory, with what is worked out from it on first use. */
export class OpenedBook {
  readonly book: SandboxBook;
  readonly content: BookContent;
  readonly root: BookNode;
  /** Bodies of answers that never change, by endpoint and flags. */
  readonly bodies = new Map<string, string>();
  readonly #byName = new Map<string, BookNode>();
  readonly #counts = new Map<BookNode, Shape>();
  #sections: readonly Section[] | null = null;

  constructor(book: SandboxBook) {
    this.book = book;
    this.content = book.load();
    this.root = buildNodes(this.content.schema);
    for (const node of walkNodes(this.root)) {
      for (const name of [...node.names, ...node.heNames]) this.#byName.set(foldTitle(name), node);
    }
    for (const name of [book.title, ...book.titleVariants]) this.#byName.set(foldTitle(name), this.root);
  }

  get isComplex(): boolean {
    return this.root.children.length > 0;
  }

  get names(): IterableIterator<string> {
    return this.#byName.keys();
  }

  /** @param folded a title as `foldTitle` leaves it. */
  node(folded: string): BookNode | undefined {
    return this.#byName.get(folded);
  }

  /** Nodes that hold text, in reading order, below a node or in the whole book. */
  leaves(below: BookNode = this.root): BookNode[] {
    return [...walkNodes(below)].filter((node) => node.leaf !== null);
  }

  /** A version's own array for a leaf; [] when it has nothing there. */
  text(version: SandboxVersion, leaf: Leaf): unknown {
    let here = version.text;
    for (const key of leaf.keys) here = isObject(here) ? here[key] : undefined;
    return here ?? [];
  }

  /** What all versions together have in a leaf. */
  counts(node: BookNode): Shape {
    const known = this.#counts.get(node);
    if (known !== undefined) return known;
    const { leaf } = node;
    const counts = leaf === null ? 0 : unionCounts(this.#texts(leaf), leaf.depth);
    this.#counts.set(node, counts);
    return counts;
  }

  get sections(): readonly Section[] {
    this.#sections ??= this.leaves().flatMap(({ leaf }) =>
      leaf === null ? [] : filledPaths(this.#texts(leaf), leaf.depth - 1).map((path) => ({ leaf, path })),
    );
    return this.#sections;
  }

  /** The first section with text at or after a place, or with `after` beyond it and all it contains. */
  sectionFrom(leaf: Leaf, path: Path, after: boolean): Section | null {
    const at = this.#countWhile((section) => {
      if (section.leaf.order !== leaf.order) return section.leaf.order < leaf.order;
      return after ? comparePaths(section.path.slice(0, path.length), path) <= 0 : comparePaths(section.path, path) < 0;
    });
    return this.sections[at] ?? null;
  }

  /** The last section with text before a place. */
  sectionBefore(leaf: Leaf, path: Path): Section | null {
    const at = this.#countWhile((section) =>
      section.leaf.order === leaf.order ? comparePaths(section.path, path) < 0 : section.leaf.order < leaf.order,
    );
    return this.sections[at - 1] ?? null;
  }

  /** How many of the first sections pass a test that the later ones fail; a big book has tens of thousands. */
  #countWhile(isBefore: (section: Section) => boolean): number {
    const { sections } = this;
    let low = 0;
    let high = sections.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const section = sections[middle];
      if (section !== undefined && isBefore(section)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** First section in which a version has text, or null. */
  firstSectionOf(version: SandboxVersion): Ref | null {
    for (const { leaf } of this.leaves()) {
      if (leaf === null) continue;
      const first = filledPaths([this.text(version, leaf)], leaf.depth - 1)[0];
      if (first !== undefined) return formatRef(leaf, first);
    }
    return null;
  }

  #texts(leaf: Leaf): unknown[] {
    return this.content.versions.map((version) => this.text(version, leaf));
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parsed books weigh two to three times this in memory. */
const OPEN_BYTES = 192 * 1024 * 1024;

/** Keeps the books used last in memory, up to a bound in bytes of JSON. */
export class Shelf {
  #library: SandboxLibrary;
  #byTitle: ReadonlyMap<string, SandboxBook>;
  readonly #opened = new Map<string, OpenedBook>();
  readonly #boundBytes: number;
  #bytes = 0;

  constructor(library: SandboxLibrary, boundBytes = OPEN_BYTES) {
    this.#library = library;
    this.#byTitle = booksByTitle(library);
    this.#boundBytes = boundBytes;
  }

  get library(): SandboxLibrary {
    return this.#library;
  }

  /** Takes the place of the library; a book that is another one now is opened anew. @param changed null: only links */
  restock(library: SandboxLibrary, changed: string | null): void {
    this.#library = library;
    if (changed === null) return;
    this.#byTitle = booksByTitle(library);
    const old = this.#opened.get(changed);
    if (old === undefined) return;
    this.#opened.delete(changed);
    this.#bytes -= old.content.sizeBytes;
  }

  /** @param folded a title as `foldTitle` leaves it. */
  find(folded: string): SandboxBook | undefined {
    return this.#byTitle.get(folded);
  }

  open(book: SandboxBook): OpenedBook {
    const known = this.#opened.get(book.title);
    if (known !== undefined) {
      this.#opened.delete(book.title);
      this.#opened.set(book.title, known);
      return known;
    }
    const opened = new OpenedBook(book);
    this.#opened.set(book.title, opened);
    this.#bytes += opened.content.sizeBytes;
    for (const [title, old] of this.#opened) {
      if (this.#bytes <= this.#boundBytes || title === book.title) break;
      this.#opened.delete(title);
      this.#bytes -= old.content.sizeBytes;
    }
    return opened;
  }
}

function booksByTitle(library: SandboxLibrary): ReadonlyMap<string, SandboxBook> {
  const byTitle = new Map<string, SandboxBook>();
  for (const book of library.books) {
    for (const name of book.titleVariants) byTitle.set(foldTitle(name), book);
  }
  // Last, so that no variant hides a book's own title.
  for (const book of library.books) {
    byTitle.set(foldTitle(book.heTitle), book);
    byTitle.set(foldTitle(book.title), book);
  }
  return byTitle;
}
