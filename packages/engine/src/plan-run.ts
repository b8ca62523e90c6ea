import pLimit from "p-limit";
import { resolveTitles, slotCount, type BookOutline, type ContentsEntry, type Pacer, type Settings, type TextSource } from "@sofer/core";
import { estimateBytes } from "./budget.ts";
import { needsVersions } from "./planner.ts";
import type { SentRequest } from "./protocol.ts";
import { paceSettingsOf, wishOf } from "./run-settings.ts";

/** Up to this many books are outlined, so that the numbers are exact (design, section 5). */
const EXACT_UP_TO_BOOKS = 12;

export interface PlanReport {
  readonly books: readonly { readonly title: string; readonly leaves: number; readonly slots: number; readonly requests: number }[];
  readonly bookCount: number;
  /** Of a whole run on an empty library, contents included. */
  readonly requests: number;
  readonly slots: number | null;
  /** Estimates. */
  readonly bytes: number | null;
  readonly diskBytes: number | null;
  readonly seconds: number;
  /** False: at least these, since not every book was outlined. */
  readonly isExact: boolean;
  /** Books that cannot be brought, with the reason. */
  readonly refused: readonly { readonly title: string; readonly why: string }[];
}

export interface PlanOptions {
  readonly settings: Settings;
  readonly makeSource: (pacer: Pacer, onRequest: (request: SentRequest) => void) => TextSource;
  readonly pacer: Pacer;
  readonly contents: readonly ContentsEntry[] | null;
  readonly signal: AbortSignal;
}

/** M (design, section 4): the library takes 1.9x the raw bytes; links and vectors not counted. */
const DISK_PER_RAW = 1.9;

/** The plan of a whole run, without fetching texts and without a library. */
export async function planRun(options: PlanOptions): Promise<PlanReport> {
  const { settings, signal } = options;
  const wish = wishOf(settings);
  const source = options.makeSource(options.pacer, () => undefined);
  const contents = options.contents ?? (await source.contents(signal));
  const { entries } = resolveTitles(settings.titles, contents, { commentaries: settings.commentaries });
  const pace = paceSettingsOf(settings);
  const seconds = (requests: number) => (pace.ratePerSecond === 0 ? 0 : requests / pace.ratePerSecond);
  if (entries.length > EXACT_UP_TO_BOOKS && !settings.exact) {
    const requests = 1 + entries.length * 2;
    return {
      books: [],
      bookCount: entries.length,
      requests,
      slots: null,
      bytes: null,
      diskBytes: null,
      seconds: seconds(requests),
      isExact: false,
      refused: [],
    };
  }
  const limit = pLimit(settings.maxConcurrentRequests);
  const refused: { title: string; why: string }[] = [];
  const outlines = await Promise.all(
    entries.map((entry) =>
      limit(async (): Promise<BookOutline | null> => {
        try {
          return await source.outline(entry.title, signal);
        } catch (thrown) {
          if (signal.aborted) throw thrown;
          refused.push({ title: entry.title, why: thrown instanceof Error ? thrown.message : String(thrown) });
          return null;
        }
      }),
    ),
  );
  const books = outlines
    .filter((outline) => outline !== null)
    .map((outline) => {
      const leaves = outline.tree.leaves.filter((leaf) => slotCount(outline.shapes[leaf.title] ?? 0) > 0);
      const slots = leaves.reduce((sum, leaf) => sum + slotCount(outline.shapes[leaf.title] ?? 0), 0);
      const list = leaves.length > 0 && needsVersions({ isComplex: outline.tree.isComplex }, wish.selection) ? 1 : 0;
      return { title: outline.tree.title, leaves: leaves.length, slots: Math.min(slots, wish.limit ?? slots), requests: 1 + list + leaves.length };
    });
  const requests = 1 + refused.length + books.reduce((sum, book) => sum + book.requests, 0);
  const slots = books.reduce((sum, book) => sum + book.slots, 0);
  const bytes = estimateBytes(slots, wish);
  return {
    books,
    bookCount: entries.length,
    requests,
    slots,
    bytes,
    diskBytes: Math.round(bytes * DISK_PER_RAW),
    seconds: seconds(requests),
    isExact: true,
    refused,
  };
}
