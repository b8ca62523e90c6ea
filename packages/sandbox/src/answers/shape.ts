import type { SandboxBook } from "../library.ts";
import { walkNodes, type BookNode } from "../nodes.ts";
import type { OpenedBook, Shelf } from "../opened-book.ts";
import { foldRef } from "../titles.ts";
import { errorAnswer, htmlAnswer, jsonAnswer, type Answer } from "./answer.ts";

/**
 * `/api/shape/{title or category path}`: always a list. A virtual node anywhere makes the whole request fail with an
 * HTML page, also for a category of many books.
 */
export function shapeAnswer(shelf: Shelf, asked: string, withDependents: boolean): Answer {
  const folded = foldRef(asked);
  const books = shelf.library.books.filter((book) => book.categories.join("/") === folded);
  const book = shelf.find(folded);
  if (book !== undefined) return shapesOf([shapeOfNode(shelf.open(book), shelf.open(book).root)]);
  if (books.length > 0) {
    const wanted = books.filter((other) => withDependents || typeof other.listing["dependence"] !== "string");
    return wanted.length === 0 ? jsonAnswer([null]) : shapesOf(wanted.map((other) => shapeOfBook(shelf, other)));
  }
  for (const candidate of shelf.library.books) {
    if (!folded.startsWith(foldRef(candidate.title))) continue;
    const opened = shelf.open(candidate);
    const node = opened.node(folded);
    if (node !== undefined) return shapesOf([shapeOfNode(opened, node)]);
  }
  throw errorAnswer(200, `No index or category found to match ${asked.replaceAll("_", " ")}`);
}

function shapesOf(entries: readonly (Record<string, unknown> | null)[]): Answer {
  return entries.includes(null) ? htmlAnswer(500, "Server Error (500)") : jsonAnswer(entries);
}

function shapeOfBook(shelf: Shelf, book: SandboxBook): Record<string, unknown> | null {
  const opened = shelf.open(book);
  return shapeOfNode(opened, opened.root);
}

/** Shape of a leaf or branch; null when it holds a virtual node. */
function shapeOfNode(opened: OpenedBook, node: BookNode): Record<string, unknown> | null {
  if ([...walkNodes(node)].some((inner) => inner.isVirtual)) return null;
  if (node.leaf !== null) return leafShape(opened, node);
  const chapters = opened.leaves(node).map((leaf) => leafShape(opened, leaf));
  return {
    isComplex: true,
    section: opened.book.categories.at(-1) ?? "",
    length: chapters.reduce((sum, { length }) => sum + length, 0),
    chapters,
    book: opened.book.title,
    heBook: opened.book.heTitle,
  };
}

function leafShape(opened: OpenedBook, node: BookNode) {
  const chapters = opened.counts(node);
  return {
    section: opened.book.categories.at(-1) ?? "",
    heTitle: node.heTitle,
    title: node.title,
    // The service calls a flat or empty node one chapter long.
    length: typeof chapters === "number" ? 1 : chapters.length,
    chapters,
    book: opened.book.title,
    heBook: opened.book.heTitle,
  };
}
