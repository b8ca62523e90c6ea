import type { ContentsEntry } from "./book.ts";
import { SoferError } from "./errors.ts";
import { didYouMean } from "./suggest.ts";

/** What is taken when nobody says: the original's default. */
export const DEFAULT_CATEGORY = "Halakhah";

const CATEGORY_PREFIX = "category:";
/** Titles named in a hint. */
const SUGGESTIONS = 3;

export interface TitleOptions {
  /** Whether a category brings the books that depend on others (commentaries, targums). Books named are always taken. */
  readonly commentaries: boolean;
  /** Other spellings of book titles, as the books' records list them: variant -> title. */
  readonly variants?: ReadonlyMap<string, string>;
}

export interface ResolvedTitles {
  /** In contents order, each book once. */
  readonly entries: readonly ContentsEntry[];
  /** What the user should hear: a name that is a book and a category too. One sentence each. */
  readonly notes: readonly string[];
}

/**
 * Names of books and categories as entries of the contents. A name is tried as a book (English or Hebrew title), then
 * as a category of any level or a category path (`Tanakh/Torah`), then as a title variant; letter case and `_` for a
 * space do not count. A name that is both takes the book and says so; `category:X` forces the category.
 * @throws SoferError `usage` when a name is nothing of these, with the nearest titles.
 */
export function resolveTitles(
  names: readonly string[],
  contents: readonly ContentsEntry[],
  options: TitleOptions,
): ResolvedTitles {
  const index = indexContents(contents);
  const taken = new Set<ContentsEntry>();
  const notes: string[] = [];
  const unknown: string[] = [];
  for (const name of names.length === 0 ? [CATEGORY_PREFIX + DEFAULT_CATEGORY] : names) {
    const isForced = name.toLowerCase().startsWith(CATEGORY_PREFIX);
    const key = fold(isForced ? name.slice(CATEGORY_PREFIX.length) : name);
    const book = isForced ? undefined : index.books.get(key);
    const category = index.categories.get(key);
    if (book !== undefined) {
      taken.add(book);
      if (category !== undefined) {
        notes.push(
          `${book.title} is a book and a category; the book is taken (${CATEGORY_PREFIX}${book.title} takes the category)`,
        );
      }
      continue;
    }
    if (category !== undefined) {
      for (const entry of withoutCommentaries(name, category, options)) taken.add(entry);
      continue;
    }
    const variant = isForced ? undefined : index.books.get(variantTarget(key, options.variants));
    if (variant === undefined) unknown.push(name);
    else taken.add(variant);
  }
  if (unknown.length > 0) throw unknownTitles(unknown, index, options);
  return { entries: contents.filter((entry) => taken.has(entry)), notes };
}

interface ContentsIndex {
  readonly books: ReadonlyMap<string, ContentsEntry>;
  /** By name and by path; a name that stands at several places of the tree holds the books of all of them. */
  readonly categories: ReadonlyMap<string, readonly ContentsEntry[]>;
  /** For suggestions, as published. */
  readonly titles: readonly string[];
  readonly heTitles: readonly string[];
  readonly categoryNames: readonly string[];
}

function indexContents(contents: readonly ContentsEntry[]): ContentsIndex {
  const books = new Map<string, ContentsEntry>();
  const categories = new Map<string, ContentsEntry[]>();
  const categoryNames = new Set<string>();
  // Hundreds of books share a category path: its names are folded once.
  const keysOfPath = new Map<string, ReadonlySet<string>>();
  for (const entry of contents) {
    const path = entry.categories.join("/");
    const keys = keysOfPath.get(path) ?? categoryKeys(entry.categories);
    keysOfPath.set(path, keys);
    for (const category of entry.categories) categoryNames.add(category);
    for (const key of keys) {
      const listed = categories.get(key);
      if (listed === undefined) categories.set(key, [entry]);
      else listed.push(entry);
    }
  }
  // Hebrew titles are not unique; an English title always goes before one.
  for (const entry of contents) if (!books.has(fold(entry.title))) books.set(fold(entry.title), entry);
  for (const entry of contents) {
    const key = fold(entry.heTitle);
    if (key !== "" && !books.has(key)) books.set(key, entry);
  }
  return {
    books,
    categories,
    titles: contents.map((entry) => entry.title),
    heTitles: contents.map((entry) => entry.heTitle),
    categoryNames: [...categoryNames],
  };
}

/** Every name a book's category goes by: each level's own name, and the path down to it. */
function categoryKeys(path: readonly string[]): ReadonlySet<string> {
  return new Set(path.flatMap((name, level) => [fold(name), fold(path.slice(0, level + 1).join("/"))]));
}

function withoutCommentaries(
  name: string,
  entries: readonly ContentsEntry[],
  options: TitleOptions,
): readonly ContentsEntry[] {
  if (options.commentaries) return entries;
  const own = entries.filter((entry) => entry.dependence === null);
  if (own.length > 0) return own;
  throw new SoferError("usage", `the category "${name}" holds only commentaries, which --no-commentaries leaves out`, {
    hint: "leave out --no-commentaries, or name the books",
  });
}

function variantTarget(key: string, variants: ReadonlyMap<string, string> | undefined): string {
  for (const [variant, title] of variants ?? []) if (fold(variant) === key) return fold(title);
  return "";
}

function unknownTitles(unknown: readonly string[], index: ContentsIndex, options: TitleOptions): SoferError {
  const candidates = [...index.titles, ...index.heTitles, ...index.categoryNames, ...(options.variants?.keys() ?? [])];
  const hints = unknown.map((name) => {
    const isForced = name.toLowerCase().startsWith(CATEGORY_PREFIX);
    const wanted = isForced ? name.slice(CATEGORY_PREFIX.length) : name;
    const hint = didYouMean(wanted, isForced ? index.categoryNames : candidates, SUGGESTIONS);
    return hint === "" || unknown.length === 1 ? hint : `${name}: ${hint}`;
  });
  const quoted = unknown.map((name) => `"${name}"`).join(", ");
  const message = `no book or category is called ${quoted}`;
  return new SoferError("usage", message, { hint: hints.filter((hint) => hint !== "").join(" ") });
}

function fold(text: string): string {
  return text.normalize("NFC").replaceAll("_", " ").trim().replace(/\s+/g, " ").toLowerCase();
}
