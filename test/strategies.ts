import { demoLibrary, type LoggedRequest, type SandboxBook } from "@sofer/sandbox";
import { allVersions } from "./expected.ts";

/** Requests for one book by another program's pattern, from what the book holds: `sections` and `segments` with text. */
interface Pattern {
  readonly strategy: "walk-threads" | "walk-processes";
  readonly ofBook: (sections: number, segments: number) => number;
  /** Requests that were counted of such a program, over 21 books of which it reached 1,036 sections with 7,706 segments. */
  readonly counted: number;
}

export const PATTERNS: readonly Pattern[] = [
  { strategy: "walk-threads", ofBook: (sections, segments) => 1 + sections + segments, counted: 8595 },
  { strategy: "walk-processes", ofBook: (sections) => 1 + 3 * sections, counted: 3129 },
];
export const COUNTED = { books: 21, sections: 1036, segments: 7706 } as const;

/** What any of a book's versions holds, counted in the sandbox's own objects. */
export function sizeOf(book: SandboxBook): { readonly sections: number; readonly segments: number } {
  const refs = new Set(allVersions([book]).map(({ ref }) => ref));
  // A segment's ref without its last number: `Genesis 1:2` lies in `Genesis 1`, and `Preface 3` in `Preface`.
  const sections = new Set([...refs].map((ref) => ref.replace(/[ :][^ :]+$/, "")));
  return { sections: sections.size, segments: refs.size };
}

/** Requests that name a book, as the sandbox received them. */
export function requestsFor(title: string, log: readonly LoggedRequest[]): number {
  const name = `/${title.replaceAll(" ", "_")}`;
  return log.filter(({ path }) => {
    const said = decodeURIComponent(path);
    return said.includes(name) && /^(?:[.,?].*)?$/.test(said.slice(said.indexOf(name) + name.length));
  }).length;
}

export function demoBooks(titles: readonly string[]): readonly SandboxBook[] {
  return demoLibrary().books.filter((book) => titles.includes(book.title));
}
