import { formatRef, systemClock, type Clock } from "@sofer/core";
import { coverageOf, coverBook, type Breather, type BookRow, type Library, type StatusReader } from "@sofer/store";
import type { Static } from "elysia";
import type { Leaf, Section, Slots } from "./schemas/books.ts";

type SlotSums = Static<typeof Slots>;

/** What a book's places come to, leaf by leaf and section by section. */
export interface Covered {
  readonly segments: SlotSums;
  readonly versions: number;
  readonly texts: number;
  readonly chunks: number;
  readonly failures: number;
  readonly leaves: readonly Static<typeof Leaf>[];
}

/** ms for which counting may hold the loop: everybody else waits meanwhile. */
const HELD_MS = 10;
/** Books whose sums are kept: all there are, and some more. */
const MOST = 20_000;

export const NO_SLOTS: SlotSums = {
  expected: 0,
  stored: 0,
  blank: 0,
  uncovered: 0,
  excluded: 0,
  failed: 0,
  pending: 0,
};

export function addSlots(a: SlotSums, b: SlotSums): SlotSums {
  const sum = { ...a };
  for (const name of Object.keys(NO_SLOTS) as (keyof SlotSums)[]) sum[name] += b[name];
  return sum;
}

/**
 * Completeness of books, by the same classes as `verify`. Counting a book takes a millisecond for each thousand of its places, so it
 * is counted again only when something of it has changed, and while it is counted others are answered.
 */
export class Coverage {
  readonly #library: Library;
  readonly #status: StatusReader;
  readonly #kept = new Map<number, { readonly print: string; readonly covered: Promise<Covered> }>();
  readonly #breath: Breather;

  constructor(library: Library, status: StatusReader, clock: Clock = systemClock) {
    this.#library = library;
    this.#status = status;
    this.#breath = breather(clock);
  }

  of(row: Pick<BookRow, "id" | "title">): Promise<Covered> {
    const { id, title } = row;
    // What is committed while it is counted is in the next count: the print is taken before.
    const print = this.#status.bookFingerprint(id, title);
    const kept = this.#kept.get(id);
    if (kept?.print === print) return kept.covered;
    const covered = this.#count(row);
    this.#kept.delete(id);
    this.#kept.set(id, { print, covered });
    if (this.#kept.size > MOST) for (const oldest of [...this.#kept.keys()].slice(0, 1)) this.#kept.delete(oldest);
    covered.catch(() => this.#kept.delete(id));
    return covered;
  }

  async #count({ id, title }: Pick<BookRow, "id" | "title">): Promise<Covered> {
    const book = this.#library.book(title);
    if (book === null) return { segments: NO_SLOTS, versions: 0, texts: 0, chunks: 0, failures: 0, leaves: [] };
    const covered = await coverBook(coverageOf(this.#library, this.#breath), book);
    const leaves = covered.leaves.map(({ leaf: { leaf }, slots, hasFailed }) => ({
      title: leaf.title,
      heTitle: leaf.heTitle,
      depth: leaf.depth,
      sectionNames: [...leaf.sectionNames],
      segments: sumsOf(slots, hasFailed),
    }));
    const figures = this.#status.bookFigures(id, title);
    return {
      segments: leaves.map(({ segments }) => segments).reduce(addSlots, NO_SLOTS),
      versions: covered.versions,
      texts: covered.texts.stored,
      ...figures,
      leaves,
    };
  }

  /** Sections of a book in reading order: one level above its segments, the whole leaf where there is none. */
  async sections(title: string): Promise<Static<typeof Section>[]> {
    const book = this.#library.book(title);
    if (book === null) return [];
    const sections = new Map<string, { leaf: string; ref: string; counts: Record<string, number> }>();
    const covered = await coverBook(
      coverageOf(this.#library, this.#breath),
      book,
      ({ nodeId, leaf }, path, slotClass) => {
        const place = path.slice(0, Math.max(0, leaf.depth - 1));
        const key = `${nodeId} ${place.join(".")}`;
        let section = sections.get(key);
        if (section === undefined) {
          section = { leaf: leaf.title, ref: formatRef(leaf, place), counts: {} };
          sections.set(key, section);
        }
        section.counts[slotClass] = (section.counts[slotClass] ?? 0) + 1;
      },
    );
    const failed = new Set(covered.leaves.filter(({ hasFailed }) => hasFailed).map(({ leaf }) => leaf.leaf.title));
    return [...sections.values()].map(({ leaf, ref, counts }) => {
      const of = (name: string) => counts[name] ?? 0;
      const expected = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const classes = {
        stored: of("stored"),
        blank: of("blank"),
        uncovered: of("uncovered"),
        excluded: of("excluded"),
      };
      return { leaf, ref, segments: sumsOf({ expected, ...classes, failed: of("failed") }, failed.has(leaf)) };
    });
  }
}

/** What is missing is a failure only where something failed; elsewhere nobody has asked yet. */
function sumsOf(slots: Omit<SlotSums, "pending">, hasFailed: boolean): SlotSums {
  return { ...slots, failed: hasFailed ? slots.failed : 0, pending: hasFailed ? 0 : slots.failed };
}

function breather(clock: Clock): Breather {
  let since = clock.monotonicMs();
  return {
    async take() {
      if (clock.monotonicMs() - since < HELD_MS) return;
      await new Promise((resolve) => setImmediate(resolve));
      since = clock.monotonicMs();
    },
  };
}
