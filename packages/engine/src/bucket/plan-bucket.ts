import {
  resolveTitles,
  toPlainError,
  type BucketSource,
  type ContentsEntry,
  type ObjectPage,
  type PlainError,
  type Settings,
} from "@sofer/core";
import { existsSync } from "node:fs";
import pLimit from "p-limit";
import { openLibrary } from "@sofer/store/run";
import type { Wish } from "../planner.ts";
import { heldBook } from "./held-book.ts";
import { readListing, type BucketReader, type ExportNames, type ListedBook, type PageAsk } from "./listing.ts";
import { needsOf } from "./plan-book.ts";

/** What the listing says a run would take: exact, since every object is listed with its size. */
export interface BucketPlan {
  readonly books: readonly { readonly title: string; readonly requests: number; readonly bytes: number }[];
  readonly heldBooks: number;
  /** Of a whole run on an empty library, beside the requests that made this plan, which it makes too. */
  readonly requests: number;
  readonly bytes: number;
  /** Of a run on the library as it is. */
  readonly toBring: { readonly objects: number; readonly bytes: number };
  readonly refused: readonly { readonly title: string; readonly why: string }[];
}

/** Contents and wanted books, by the same requests that a run makes for them. */
export async function contentsOfBucket(
  source: BucketSource,
  settings: Settings,
  names: ExportNames,
  signal: AbortSignal | undefined,
): Promise<{ entries: readonly ContentsEntry[]; contents: readonly ContentsEntry[]; reader: BucketReader }> {
  const root = await source.root(signal);
  const reader = new SourceReader(source, root, settings.maxConcurrentRequests, signal);
  // A run asks whether the contents have changed before it reads them.
  if (settings.treeFile === null) await reader.pages([{ prefix: names.contents, token: null, page: 0 }]);
  const contents = await source.contents(root, signal);
  const { entries } = resolveTitles(settings.titles, contents, { commentaries: settings.commentaries });
  return { entries, contents, reader };
}

export async function planByBucket(
  options: { readonly libraryPath: string; readonly exportNames: ExportNames },
  wish: Wish,
  entries: readonly ContentsEntry[],
  contents: readonly ContentsEntry[],
  reader: BucketReader,
): Promise<BucketPlan> {
  const { exportNames: names, libraryPath } = options;
  const listing = await readListing(reader, names, entries, contents);
  const empty = { book: null, objects: [], holdings: [], settled: [] };
  const refused = [...listing.failed].map(([title, error]) => ({ title, why: error.message }));
  const library = existsSync(libraryPath) ? openLibrary(libraryPath) : null;
  const books: { title: string; requests: number; bytes: number }[] = [];
  const toBring = { objects: 0, bytes: 0 };
  let heldBooks = 0;
  let lonely = 0;
  try {
    for (const listed of listing.books) {
      const { title } = listed.entry;
      const why = whyNot(listed);
      if (why !== null) {
        refused.push({ title, why });
        if (listed.schema !== null && listed.schema.size !== 0) lonely++;
        continue;
      }
      const all = needsOf(listed, empty, wish, names).objects;
      books.push({ title, requests: 1 + all.length, bytes: sizeOf(all) + sizeOf([listed.schema]) });
      const needs = library === null ? null : needsOf(listed, heldBook(library, title), wish, names);
      if (needs?.isHeld === true) heldBooks++;
      else {
        const left = needs === null || needs.needsOutline ? [listed.schema, ...(needs?.objects ?? all)] : needs.objects;
        toBring.objects += left.length;
        toBring.bytes += sizeOf(left);
      }
    }
  } finally {
    library?.close();
  }
  return {
    books,
    heldBooks,
    // The schema of a book without text says whether it is a dictionary.
    requests: lonely + books.reduce((sum, book) => sum + book.requests, 0),
    bytes: books.reduce((sum, book) => sum + book.bytes, 0),
    toBring,
    refused,
  };
}

function whyNot({ schema, texts }: ListedBook): string | null {
  if (schema === null || schema.size === 0) return "the export has no schema of it";
  return texts.length === 0 ? "the export has no text of it" : null;
}

const sizeOf = (objects: readonly ({ readonly size: number } | null)[]) =>
  objects.reduce((sum, object) => sum + Math.max(0, object?.size ?? 0), 0);

/** Listing pages by a source of the plan's own. */
class SourceReader implements BucketReader {
  readonly #source: BucketSource;
  readonly #root: string;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #signal: AbortSignal | undefined;

  constructor(source: BucketSource, root: string, concurrency: number, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#root = root;
    this.#limit = pLimit(concurrency);
    this.#signal = signal;
  }

  root(): string {
    return this.#root;
  }

  pages(asks: readonly PageAsk[]): Promise<(ObjectPage | PlainError | null)[]> {
    const page = async ({ prefix, token }: PageAsk): Promise<ObjectPage | PlainError> => {
      try {
        return await this.#source.list(this.#root + prefix, token, this.#signal);
      } catch (thrown) {
        if (this.#signal?.aborted === true) throw thrown;
        return toPlainError(thrown);
      }
    };
    return Promise.all(asks.map((ask) => this.#limit(() => page(ask))));
  }

  index() {
    return this.#source.index(this.#signal);
  }
}
