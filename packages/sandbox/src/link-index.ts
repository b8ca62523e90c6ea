import { comparePaths, type Leaf, type Path } from "@sofer/core";
import { AnswerError } from "./answers/answer.ts";
import { splitLine } from "./bucket/fixed-files.ts";
import type { SandboxLibrary } from "./library.ts";
import type { Shelf } from "./opened-book.ts";
import { findPlace, type Place } from "./place.ts";
import { foldTitle } from "./titles.ts";

/** Segments of a leaf that a link is anchored at. Its book is not held: it may be put away meanwhile. */
export interface Anchor {
  readonly leaf: Leaf;
  readonly from: Path;
  readonly to: Path;
}

export interface PlacedLink {
  readonly id: string;
  readonly type: string;
  /** The side that was asked about. */
  readonly anchor: Anchor;
  /** The ref of the other side, as the line has it. */
  readonly other: string;
}

/** Which links there are at a place, from the lines of the links files. A book's lines are read when it is first asked about. */
export class LinkIndex {
  readonly #shelf: Shelf;
  /** Lines by the titles that they state. */
  readonly #lines = new Map<string, string[]>();
  /** By book: links by the top-level sections that their anchors touch. */
  readonly #books = new Map<string, ReadonlyMap<string, readonly PlacedLink[]>>();

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    for (const line of new Set(shelf.library.links?.() ?? [])) {
      const [, , , one = "", two = ""] = splitLine(line);
      for (const title of new Set([this.#titleOf(one), this.#titleOf(two)])) {
        const lines = this.#lines.get(title);
        if (lines === undefined) this.#lines.set(title, [line]);
        else lines.push(line);
      }
    }
  }

  /** Links of which a side lies at a place or under it, each once, in the order of the lines. */
  linksOf({ book, node, leaf, from, to }: Place): readonly PlacedLink[] {
    const sections = this.#ofBook(book.book.title);
    const found = new Map<string, PlacedLink>();
    const take = (links: readonly PlacedLink[] | undefined, isHere: (link: PlacedLink) => boolean) => {
      for (const link of links ?? []) if (!found.has(link.id) && isHere(link)) found.set(link.id, link);
    };
    if (from.length === 0 || leaf === null) {
      const below = new Set(book.leaves(node).map((inner) => inner.leaf?.title));
      for (const links of sections.values()) take(links, ({ anchor }) => below.has(anchor.leaf.title));
      return [...found.values()];
    }
    for (let top = from[0] ?? 0; top <= (to[0] ?? 0); top++) {
      take(
        sections.get(sectionKey(leaf, top)),
        ({ anchor }) =>
          comparePaths(anchor.to.slice(0, from.length), from) >= 0 &&
          comparePaths(anchor.from.slice(0, to.length), to) <= 0,
      );
    }
    return [...found.values()];
  }

  /** What a ref of a line names; null when it cannot be read. */
  placeOf(ref: string): Place | null {
    try {
      return findPlace(this.#shelf, ref);
    } catch (error) {
      if (error instanceof AnswerError) return null;
      throw error;
    }
  }

  #titleOf(said: string): string {
    return this.#shelf.find(foldTitle(said))?.title ?? said;
  }

  #ofBook(title: string): ReadonlyMap<string, readonly PlacedLink[]> {
    const known = this.#books.get(title);
    if (known !== undefined) return known;
    const sections = new Map<string, PlacedLink[]>();
    for (const line of this.#lines.get(title) ?? []) {
      const [one = "", two = "", type = ""] = splitLine(line);
      const id = Bun.SHA1.hash(line, "hex").slice(0, 24);
      for (const [ref, other] of [
        [one, two],
        [two, one],
      ] as const) {
        const place = this.placeOf(ref);
        if (place === null || place.leaf === null || place.book.book.title !== title) continue;
        const { leaf, from, to } = place;
        // An anchor is a segment or a range of segments: the service drops links of whole sections and books.
        if (from.length < leaf.depth) continue;
        const link = { id, type, anchor: { leaf, from, to }, other };
        for (let top = from[0] ?? 0; top <= (to[0] ?? 0); top++) {
          const key = sectionKey(leaf, top);
          const links = sections.get(key);
          if (links === undefined) sections.set(key, [link]);
          else links.push(link);
        }
      }
    }
    this.#books.set(title, sections);
    return sections;
  }
}

function sectionKey(leaf: Leaf, top: number): string {
  return `${leaf.title}|${top}`;
}

/** An edit makes another library, and with it another index. */
const INDEXES = new WeakMap<SandboxLibrary, LinkIndex>();

export function linkIndexOf(shelf: Shelf): LinkIndex {
  const known = INDEXES.get(shelf.library);
  if (known !== undefined) return known;
  const index = new LinkIndex(shelf);
  INDEXES.set(shelf.library, index);
  return index;
}
