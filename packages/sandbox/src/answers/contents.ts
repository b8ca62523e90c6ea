import type { SandboxBook, SandboxLibrary } from "../library.ts";
import { jsonAnswer, type Answer } from "./answer.ts";

/** A category as the table of contents sends it. */
interface CategoryRecord {
  category: string;
  heCategory: string;
  enDesc: string;
  heDesc: string;
  enShortDesc: string;
  heShortDesc: string;
  contents: unknown[];
}

/** `/api/index`: categories in the order in which the books first name them, books in theirs. */
export function contentsAnswer(library: SandboxLibrary): Answer {
  const roots: CategoryRecord[] = [];
  const byPath = new Map<string, CategoryRecord>();
  for (const book of library.books) categoryOf(book, library, roots, byPath).contents.push(bookRecord(book));
  for (const { category, title, heTitle, slug } of library.collections) {
    const record = { isCollection: true, slug, title, heTitle, name: title, nodeType: "TocCollectionNode" };
    byPath.get(category)?.contents.push(record);
  }
  return jsonAnswer(roots);
}

function categoryOf(
  book: SandboxBook,
  library: SandboxLibrary,
  roots: CategoryRecord[],
  byPath: Map<string, CategoryRecord>,
): CategoryRecord {
  let level = roots;
  let found: CategoryRecord | undefined;
  for (const [at, category] of book.categories.entries()) {
    const path = book.categories.slice(0, at + 1).join("/");
    found = byPath.get(path);
    if (found === undefined) {
      const heCategory = library.heCategories[category] ?? category;
      found = { category, heCategory, enDesc: "", heDesc: "", enShortDesc: "", heShortDesc: "", contents: [] };
      byPath.set(path, found);
      level.push(found);
    }
    level = found.contents as CategoryRecord[];
  }
  if (found === undefined) throw new RangeError(`"${book.title}" has no category`);
  return found;
}

function bookRecord(book: SandboxBook): Record<string, unknown> {
  return {
    title: book.title,
    heTitle: book.heTitle,
    categories: book.categories,
    primary_category: book.categories[0],
    enShortDesc: "",
    heShortDesc: "",
    ...book.listing,
  };
}

/** `/api/index/titles`: the names of all books that are known without opening them. */
export function titlesAnswer(library: SandboxLibrary): Answer {
  return jsonAnswer({ books: library.books.flatMap((book) => [...new Set([book.title, ...book.titleVariants])]) });
}
