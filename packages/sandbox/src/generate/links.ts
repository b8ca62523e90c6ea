import { formatRange, formatRef, type Leaf, type Path } from "@sofer/core";
import { csvLine } from "../bucket/fixed-files.ts";
import { filledPaths } from "../jagged.ts";
import type { SandboxBook } from "../library.ts";
import { OpenedBook } from "../opened-book.ts";
import { Random } from "../random.ts";

/** Links of generated books: each commentary to its base, and what anybody quotes of anybody. */

const TYPES = ["commentary", "quotation", "reference", "related", "midrash", ""] as const;
/** Cross links for each book. */
const QUOTES = 24;
/** At most so many comments of a book are linked, so that links of a big library are made in no time. */
const COMMENTS = 120;

/** One end of a link: a ref, and what the file says beside it. */
interface End {
  readonly ref: string;
  readonly title: string;
  readonly category: string;
}

/** Lines as published: quoted commas, blank types, ranges, duplicates, books that are not here, old spellings. */
export function generatedLinks(books: readonly SandboxBook[], seed: string): readonly string[] {
  const random = new Random(`${seed}/links`);
  const texts = books.filter((book) => !book.isVirtual);
  const byTitle = new Map(texts.map((book) => [book.title, book]));
  const lines: string[] = [];
  // No more books are opened for their quotes than a demo has: each is made whole for it.
  const quoted = texts.slice(0, 64).map((book) => placesOf(book));
  for (const [at, from] of quoted.entries()) {
    const base = baseOf(from.book, byTitle);
    if (base !== undefined) lines.push(...comments(from, base));
    for (let quote = 0; quote < QUOTES; quote++) {
      const to = quoted[(at + random.between(1, quoted.length)) % quoted.length];
      if (to === undefined) continue;
      lines.push(line(endOf(from, random), endOf(to, random), random.pick(TYPES)));
    }
  }
  return [...lines, ...oddLines(lines, quoted, random)];
}

interface Places {
  readonly book: SandboxBook;
  readonly leaves: readonly { readonly leaf: Leaf; readonly paths: readonly Path[] }[];
}

/** Places with text of every leaf that has any. */
function placesOf(book: SandboxBook): Places {
  const opened = new OpenedBook(book);
  const leaves = opened.leaves().flatMap(({ leaf }) => {
    if (leaf === null) return [];
    const texts = opened.content.versions.map((version) => opened.text(version, leaf));
    const paths = filledPaths(texts, leaf.depth);
    return paths.length === 0 ? [] : [{ leaf, paths }];
  });
  return { book, leaves };
}

function baseOf(book: SandboxBook, byTitle: ReadonlyMap<string, SandboxBook>): SandboxBook | undefined {
  const bases = book.listing["base_text_titles"];
  return Array.isArray(bases) ? byTitle.get(String(bases[0])) : undefined;
}

/** A comment stands at the place it comments on, one level deeper: `X on Y 2:3:1` belongs to `Y 2:3`. */
function comments({ book, leaves }: Places, base: SandboxBook): string[] {
  const on = placesOf(base).leaves.find(({ leaf }) => leaf.isDefault || leaf.title === base.title)?.leaf;
  const main = leaves.find(({ leaf }) => leaf.isDefault || leaf.title === book.title);
  if (on === undefined || main === undefined) return [];
  return main.paths.slice(0, COMMENTS).map((path) => {
    const ref = formatRef(on, path.slice(0, Math.min(on.depth, path.length - 1)));
    return line(end(book, formatRef(main.leaf, path)), end(base, ref), "commentary");
  });
}

/** A segment, and now and then a range of segments or of sections. */
function endOf({ book, leaves }: Places, random: Random): End {
  const part = leaves[random.between(0, leaves.length - 1)];
  if (part === undefined) return end(book, book.title);
  const { leaf, paths } = part;
  const at = random.between(0, paths.length - 1);
  const from = paths[at] ?? [];
  const to = paths[Math.min(paths.length - 1, at + random.between(1, 9))] ?? from;
  if (random.chance(0.1)) return end(book, formatRange(leaf, from, to));
  return end(book, random.chance(0.1) ? formatRef(leaf, from.slice(0, -1)) : formatRef(leaf, from));
}

function oddLines(lines: readonly string[], quoted: readonly Places[], random: Random): string[] {
  const odd: string[] = [];
  for (const at of [3, 40, 200]) {
    const again = lines[at % Math.max(1, lines.length)];
    if (again !== undefined) odd.push(again);
  }
  for (const places of quoted.slice(0, 6)) {
    const { book } = places;
    const inside = endOf(places, random);
    odd.push(line(inside, { ref: "Far Shore 3:4", title: "Far Shore", category: "Elsewhere" }, "reference"));
    odd.push(line(inside, end(book, `${book.title} 998:1`), "related"));
    // A spelling of an older export: only the title variants know it.
    const old = book.titleVariants.find((variant) => variant !== book.title);
    if (old !== undefined) {
      odd.push(line(end(book, inside.ref.replace(book.title, old)), endOf(places, random), "quotation"));
    }
  }
  return odd;
}

function end(book: SandboxBook, ref: string): End {
  return { ref, title: book.title, category: book.categories[0] ?? "" };
}

function line(one: End, two: End, type: string): string {
  return csvLine([one.ref, two.ref, type, one.title, two.title, one.category, two.category]);
}
