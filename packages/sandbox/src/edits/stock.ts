import { csvLine, splitLine } from "../bucket/fixed-files.ts";
import type { BookContent, SandboxBook, SandboxLibrary, SandboxVersion } from "../library.ts";
import { EditError, type LinkEdit, type NewBook, type TextEdit } from "./edit.ts";
import { editSegment, versionAt } from "./edit-text.ts";

/** The library as it is now: what it was at the start, and the edits since. */
export class Stock {
  #library: SandboxLibrary;
  #lines: readonly string[] | null = null;

  constructor(library: SandboxLibrary) {
    const links = library.links;
    this.#library = links === undefined ? library : { ...library, links: () => (this.#lines ??= links()) };
  }

  get library(): SandboxLibrary {
    return this.#library;
  }

  /** @returns title of the book that is another now. @throws EditError, and then nothing is changed. */
  editText(edit: TextEdit): string {
    const { books } = this.#library;
    if (edit.kind === "add-book") {
      const { title } = edit.book;
      if (books.some((book) => book.title === title)) throw new EditError(`"${title}" is there already`);
      this.#library = { ...this.#library, books: [...books, bookOf(edit.book)] };
      return title;
    }
    const at = books.findIndex((book) => book.title === edit.title);
    const book = books[at];
    if (book === undefined) throw new EditError(`there is no book "${edit.title}"`);
    if (edit.kind === "drop-book") {
      this.#library = { ...this.#library, books: books.toSpliced(at, 1) };
      return edit.title;
    }
    // Tried at once, so that an edit of what is not there fails here and not at the next request.
    editContent(book.load(), edit);
    const edited: SandboxBook = { ...book, load: () => editContent(book.load(), edit) };
    this.#library = { ...this.#library, books: books.with(at, edited) };
    return edit.title;
  }

  editLinks(edit: LinkEdit): void {
    const lines = this.#library.links?.() ?? [];
    if (edit.kind === "add-link") {
      this.#setLines([...lines, csvLine(edit.fields)]);
      return;
    }
    const left = lines.filter((line) => {
      const [one, two] = splitLine(line);
      return one !== edit.refs[0] || two !== edit.refs[1];
    });
    if (left.length === lines.length) throw new EditError(`no link between ${edit.refs.join(" and ")}`);
    this.#setLines(left);
  }

  #setLines(lines: readonly string[]): void {
    this.#library = { ...this.#library, links: () => lines };
  }
}

type ContentEdit = Exclude<TextEdit, { kind: "add-book" | "drop-book" }>;

function editContent(content: BookContent, edit: ContentEdit): BookContent {
  const side = edit.kind === "add-version" ? edit.version.language : edit.language;
  // A merge that came with the book would not know of the edit: from now on that side's is made.
  const merged = (content.merged ?? []).filter(({ meta }) => meta.language !== side);
  const rest = { ...content, merged };
  const { versions } = content;
  if (edit.kind === "add-version") return { ...rest, versions: [...versions, versionOf(edit.version)] };
  if (edit.kind !== "drop-version") return editSegment(rest, edit);
  const dropped = versionAt(content, edit);
  return { ...rest, versions: versions.filter((version) => version !== dropped) };
}

function versionOf({ text, ...meta }: NewBook["versions"][number]): SandboxVersion {
  return { meta, text };
}

function bookOf(book: NewBook): SandboxBook {
  const { title, heTitle, categories, schema, titleVariants = [], listing = {} } = book;
  const versions = book.versions.map(versionOf);
  const content: BookContent = { record: {}, schema, versions, sizeBytes: JSON.stringify(book).length };
  return { title, heTitle, categories, titleVariants, listing, isVirtual: false, load: () => content };
}
