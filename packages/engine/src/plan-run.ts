import { existsSync } from "node:fs";
import pLimit from "p-limit";
import { resolveTitles, slotCount, toPlainError, type BookOutline, type Leaf, type Settings } from "@sofer/core";
import { openLibrary, PaceBook } from "@sofer/store";
import { estimateBytes } from "./budget.ts";
import { freeBytesFor, libraryBytes } from "./disk-room.ts";
import { fitOpenFiles, openFilesLimit } from "./open-files.ts";
import { LocalPacer } from "./pace/local-pacer.ts";
import { leavesToAsk, needsVersions, type Wish } from "./planner.ts";
import type { SentRequest } from "./protocol.ts";
import { contentsOfBucket, planByBucket } from "./bucket/plan-bucket.ts";
import type { ExportNames } from "./bucket/listing.ts";
import { chooseRoute, contentsSource, type Route } from "./route.ts";
import type { MakeCoordinatorSources } from "./run-options.ts";
import { DEFAULT_BUCKET_URL, hostOf } from "./hosts.ts";
import { effortOf, paceFileOf, paceOnHost, paceSettingsOf, wishOf } from "./run-settings.ts";
import { checkStrategy } from "./strategy/check-strategy.ts";
import { strategyOf } from "./strategy/strategy.ts";
import { outlineOf } from "./stages/outline.ts";
import { endsRun, unreachable } from "./unreachable.ts";
import type { Sources } from "./worker.ts";

/** Up to this many books are outlined, so that the numbers are exact (design, section 5). */
const EXACT_UP_TO_BOOKS = 12;

export interface PlanReport {
  readonly books: readonly {
    readonly title: string;
    /** null by the bucket, which publishes no counts. */
    readonly leaves: number | null;
    readonly slots: number | null;
    readonly requests: number;
    /** By the bucket: of its objects, as stored. */
    readonly bytes: number | null;
  }[];
  readonly bookCount: number;
  /** Of these, books that the library holds whole under the same wish: a run asks nothing for them. */
  readonly heldBooks: number;
  readonly source: "service" | "bucket";
  /** Why by this source. */
  readonly why: string;
  readonly ratePerSecond: number;
  /** Of a whole run on an empty library, contents included. */
  readonly requests: number;
  readonly slots: number | null;
  /** Estimates; by the bucket, bytes are what is listed. */
  readonly bytes: number | null;
  /** What the library is likely to take, and what its disk has. */
  readonly diskBytes: number | null;
  readonly freeBytes: number | null;
  readonly seconds: number;
  /** False: at least these, since not every book was outlined. */
  readonly isExact: boolean;
  /** By the bucket: what the library as it is lacks. */
  readonly toBring: { readonly objects: number; readonly bytes: number } | null;
  /** Books that cannot be brought, with the reason. */
  readonly refused: readonly { readonly title: string; readonly why: string }[];
}

export interface PlanOptions {
  readonly settings: Settings;
  /** Books that it holds already are counted; it need not exist. */
  readonly libraryPath: string;
  readonly makeSources: MakeCoordinatorSources;
  readonly exportNames: ExportNames;
  readonly onSent?: (requests: readonly SentRequest[]) => void;
  readonly signal?: AbortSignal;
}

/** The plan of a whole run, without fetching texts and without a library. */
export async function planRun(options: PlanOptions): Promise<PlanReport> {
  const { settings } = options;
  checkStrategy(settings);
  const paceBook = new PaceBook(paceFileOf(settings));
  const pacer = new LocalPacer(settings, contentsSource(settings), paceBook);
  let sent = 0;
  try {
    const sources = await options.makeSources(pacer, (request) => {
      sent++;
      options.onSent?.([request]);
    });
    return await makePlan(options, sources, { sent: () => sent, onRoute: (source) => pacer.take(source) });
  } finally {
    pacer.end();
    paceBook.close();
  }
}

interface PlanHooks {
  /** Requests so far. */
  readonly sent: () => number;
  readonly onRoute: (source: Route["source"]) => void;
}

async function makePlan(options: PlanOptions, sources: Sources, { sent, onRoute }: PlanHooks): Promise<PlanReport> {
  const { settings, signal } = options;
  const { service: source } = sources;
  const wish = wishOf(settings);
  const contentsFrom = contentsSource(settings);
  const failed = (thrown: unknown): never => {
    if (endsRun(thrown)) throw thrown;
    const { message, url } = toPlainError(thrown);
    throw unreachable(settings, message, url, thrown, contentsFrom);
  };
  const byBucket =
    contentsFrom === "bucket"
      ? await contentsOfBucket(sources.bucket, settings, options.exportNames, signal).catch((thrown: unknown) => {
          return settings.source === "auto" && !endsRun(thrown) && !signal?.aborted ? null : failed(thrown);
        })
      : null;
  const contents = byBucket?.contents ?? (await source.contents(signal).catch(failed));
  const { entries } = resolveTitles(settings.titles, contents, { commentaries: settings.commentaries });
  // What was asked so far is what a run asks before its first book.
  const before = sent();
  const chosen = chooseRoute(settings, entries.length);
  const isLost = chosen.source === "bucket" && byBucket === null;
  const route: Route = isLost ? { source: "service", why: "the bucket gave no answer" } : chosen;
  onRoute(route.source);
  if (route.source === "bucket" && byBucket !== null) {
    const plan = await planByBucket(options, wish, entries, contents, byBucket.reader).catch(failed);
    const { ratePerSecond } = paceOnHost(settings, hostOf(settings.bucketUrl ?? DEFAULT_BUCKET_URL), "bucket");
    const requests = sent() + plan.requests;
    return {
      ...plan,
      books: plan.books.map((book) => ({ ...book, leaves: null, slots: null })),
      bookCount: entries.length,
      ...route,
      ratePerSecond,
      requests,
      slots: null,
      freeBytes: freeBytesFor(options.libraryPath),
      diskBytes: wish.limit === null ? libraryBytes(plan.bytes) : null,
      seconds: ratePerSecond === 0 ? 0 : requests / ratePerSecond,
      isExact: true,
    };
  }
  const pace = paceSettingsOf(settings);
  const seconds = (requests: number) => (pace.ratePerSecond === 0 ? 0 : requests / pace.ratePerSecond);
  const titles = new Set(entries.map((entry) => entry.title));
  const about = {
    bookCount: entries.length,
    heldBooks: heldBooks(options.libraryPath, titles, wish),
    ...route,
    ratePerSecond: pace.ratePerSecond,
    freeBytes: freeBytesFor(options.libraryPath),
    toBring: null,
  } as const;
  if (entries.length > EXACT_UP_TO_BOOKS && !settings.exact) {
    const requests = before + entries.length * 2;
    return {
      books: [],
      ...about,
      requests,
      slots: null,
      bytes: null,
      diskBytes: null,
      seconds: seconds(requests),
      isExact: false,
      refused: [],
    };
  }
  const limit = pLimit(fitOpenFiles(effortOf(settings, 1), openFilesLimit(), false).maxConcurrentRequests);
  const refused: { title: string; why: string }[] = [];
  const outlines = await Promise.all(
    entries.map((entry) =>
      limit(async (): Promise<BookOutline | null> => {
        try {
          return outlineOf(entry.title, await source.outline(entry.title, signal));
        } catch (thrown) {
          if (signal?.aborted || endsRun(thrown)) throw thrown;
          refused.push({ title: entry.title, why: thrown instanceof Error ? thrown.message : String(thrown) });
          return null;
        }
      }),
    ),
  );
  const strategy = strategyOf(settings.strategy);
  const books = outlines
    .filter((outline) => outline !== null)
    .map((outline) => {
      const leaves = outline.tree.leaves.filter((leaf) => slotCount(outline.shapes[leaf.title] ?? 0) > 0);
      const slots = leaves.reduce((sum, leaf) => sum + slotCount(outline.shapes[leaf.title] ?? 0), 0);
      const partOf = (leaf: Leaf) => ({ leaf, shape: outline.shapes[leaf.title] ?? 0, range: null });
      const list = leaves.length > 0 && needsVersions({ isComplex: outline.tree.isComplex }, wish.selection) ? 1 : 0;
      return {
        title: outline.tree.title,
        leaves: leaves.length,
        slots: Math.min(slots, wish.limit ?? slots),
        requests: leaves.reduce((sum, leaf) => sum + strategy.requests(partOf(leaf)), 1 + list),
        bytes: null,
      };
    });
  const requests = before + refused.length + books.reduce((sum, book) => sum + book.requests, 0);
  const slots = books.reduce((sum, book) => sum + book.slots, 0);
  const bytes = estimateBytes(slots, wish);
  return {
    books,
    ...about,
    requests,
    slots,
    bytes,
    diskBytes: libraryBytes(bytes),
    seconds: seconds(requests),
    isExact: true,
    refused,
  };
}

function heldBooks(libraryPath: string, titles: ReadonlySet<string>, wish: Wish): number {
  if (!existsSync(libraryPath)) return 0;
  const library = openLibrary(libraryPath);
  try {
    const books = library.books().filter((book) => titles.has(book.title));
    return books.filter((book) => leavesToAsk(book, library.settled(book.title), wish).length === 0).length;
  } finally {
    library.close();
  }
}
