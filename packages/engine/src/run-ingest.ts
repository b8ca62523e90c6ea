import {
  EMPTY_TALLY,
  resolveTitles,
  selectionKey,
  slotCount,
  SoferError,
  systemClock,
  toPlainError,
  unpaced,
  type ContentsEntry,
  type EventListener,
  type Pacer,
  type Settings,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";
import { lockLibrary, migrateLibrary, openLibrary, PaceBook, type Library, type StoredBook } from "@sofer/store";
import { Breath } from "./breath.ts";
import { bucketContents } from "./bucket/contents.ts";
import type { BucketReader, ExportNames } from "./bucket/listing.ts";
import { RoadReader } from "./bucket/road-reader.ts";
import { bringByBucket, type BucketReport } from "./bucket/run-bucket.ts";
import { Coordinator, type PlannedUnit } from "./coordinator.ts";
import { checkBudget, checkPoliteness, estimateBytes, planFigures } from "./budget.ts";
import {
  leavesToAsk,
  needsVersions,
  rangeWithin,
  settles,
  textUnit,
  versionsToAsk,
  type LeafWish,
  type Wish,
} from "./planner.ts";
import type { SentRequest } from "./protocol.ts";
import { makeReceipt, type Outcome, type Receipt } from "./receipt.ts";
import { chooseRoute, contentsSource, type Route } from "./route.ts";
import {
  DEFAULT_BUCKET_URL,
  hostOf,
  paceFileOf,
  paceOnHost,
  paceSettingsOf,
  retriesOf,
  wishOf,
  workerSettingsOf,
} from "./run-settings.ts";
import type { Sources } from "./worker.ts";
import { splitByRange, splitByVersion } from "./split.ts";

export interface IngestOptions {
  readonly settings: Settings;
  readonly libraryPath: string;
  /** Program and arguments of a worker process. */
  readonly workerCommand: readonly string[];
  readonly onEvent: EventListener;
  /** Aborted: stop granting, finish what is in flight, commit. */
  readonly signal: AbortSignal;
  /** Aborted: end the workers at once; what is committed stays. */
  readonly hardStop?: AbortSignal;
  /** The coordinator's own sources, for the contents (a saved answer, where the user gave one). */
  readonly makeSources: MakeCoordinatorSources;
  /** How the export names its files. */
  readonly exportNames: ExportNames;
  /** Told of every request, with `--request-log`. */
  readonly onSent?: (requests: readonly SentRequest[]) => void;
}

export type MakeCoordinatorSources = (pacer: Pacer, onRequest: (request: SentRequest) => void) => Sources;

/** Contents and outlines are read again after a day: the publisher's own cache serves them for as long (sefaria-api, 10). */
const FRESH_FOR_MS = 24 * 60 * 60 * 1000;

/**
 * The main job, read aloud: contents -> titles -> outlines -> plan minus holdings -> texts -> chunks -> index ->
 * receipt. The numbered data flow is in docs/architecture.md.
 */
export async function runIngest(options: IngestOptions): Promise<Receipt> {
  const { settings, libraryPath, onEvent } = options;
  const startedMs = systemClock.monotonicMs();
  const wish = wishOf(settings);
  // A rate that is refused is wrong usage, before anything is locked.
  paceSettingsOf(settings);
  const lock = lockLibrary(libraryPath);
  const paceBook = new PaceBook(paceFileOf(settings));
  let asking = contentsSource(settings);
  let coordinator: Coordinator | undefined;
  try {
    migrateLibrary(libraryPath);
    const road = new Coordinator({
      libraryPath,
      workerCommand: options.workerCommand,
      maxWorkers: settings.maxWorkers,
      workerSettings: workerSettingsOf(settings),
      retries: retriesOf(settings),
      maxOutageMs: settings.maxOutage * 1000,
      paceOn: (host) => paceOnHost(settings, host, asking),
      paceLedger: paceBook,
      onEvent,
      onSent: options.onSent ?? (() => undefined),
    });
    coordinator = road;
    await road.writer.call("open", libraryPath);
    const runId = await road.writer.call("startRun", JSON.stringify(settings), Date.now());
    road.begin(runId);
    await road.writer.call("clearStaged");
    onEvent({ type: "run-started", runId, library: libraryPath, at: Date.now() });
    const onStop = () => road.stop("interrupted");
    options.signal.addEventListener("abort", onStop, { once: true });
    options.hardStop?.addEventListener("abort", () => road.kill(), { once: true });
    if (options.signal.aborted) onStop();
    let outcome: Outcome = "stopped";
    let titles: ReadonlySet<string> = new Set();
    let report: BucketReport = { dropped: [], beyond: [] };
    let route: Route = chooseRoute(settings, 0);
    let receipt: Receipt | undefined;
    try {
      const { entries, contents, reader } = await wantedBooks(options, road);
      titles = new Set(entries.map((entry) => entry.title));
      route = chooseRoute(settings, entries.length);
      if (reader === null && route.source === "bucket") route = { source: "service", why: "the bucket gave no answer" };
      onEvent({ type: "route-chosen", ...route });
      if (route.source !== asking) road.forgetPaces();
      asking = route.source;
      if (route.source === "bucket" && reader !== null) {
        report = await bringByBucket({ options, road, entries, contents, wish, reader });
      } else {
        checkPoliteness(settings, entries.length * 2);
        const planned = await plan(options, road, entries, wish);
        await road.bring(planned);
      }
      if (!options.signal.aborted) await finish(road, onEvent);
      outcome = options.signal.aborted ? "interrupted" : "whole";
      if (outcome === "whole" && road.succeeded === 0 && road.lastUnreachable !== undefined) {
        const { message, url } = road.lastUnreachable;
        throw unreachable(settings, message, url, undefined, route.source);
      }
    } catch (thrown) {
      if (!options.signal.aborted) throw thrown;
      outcome = "interrupted";
    } finally {
      options.signal.removeEventListener("abort", onStop);
      const library = openLibrary(libraryPath);
      try {
        const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
        receipt = await makeReceipt(library, titles, new Set(settings.titles), {
          outcome,
          requests: road.requests,
          bytes: road.bytes,
          seconds,
          source: route.source,
          changes: road.changes,
          ...report,
        });
      } finally {
        library.close();
      }
      await road.writer.call("endRun", runId, receipt.outcome, JSON.stringify(receipt), Date.now());
      onEvent({ type: "run-ended", runId, outcome: receipt.outcome });
    }
    return receipt;
  } finally {
    await coordinator?.end().catch(() => coordinator?.kill());
    paceBook.close();
    lock.release();
  }
}

interface WantedBooks {
  readonly entries: readonly ContentsEntry[];
  readonly contents: readonly ContentsEntry[];
  /** Of the bucket, where the run may use it. */
  readonly reader: BucketReader | null;
}

/** Contents, from the file, the library or a source, and the wanted books among them. */
async function wantedBooks(options: IngestOptions, road: Coordinator): Promise<WantedBooks> {
  const { settings, onEvent } = options;
  const resolve = (contents: readonly ContentsEntry[]) =>
    resolveTitles(settings.titles, contents, { commentaries: settings.commentaries }).entries;
  const wanted = (contents: readonly ContentsEntry[], isCached: boolean, reader: BucketReader | null): WantedBooks => {
    const entries = resolve(contents);
    onEvent({ type: "contents-read", books: contents.length, isCached });
    onEvent({ type: "titles-resolved", books: entries.map((entry) => entry.title) });
    return { entries, contents, reader };
  };
  if (contentsSource(settings) === "bucket") {
    if (settings.treeFile !== null) return wanted(await askContents(options, road), false, new RoadReader(road, null));
    try {
      const { entries, isCached, reader } = await bucketContents(options, road);
      return wanted(entries, isCached, reader);
    } catch (thrown) {
      if (options.signal.aborted || (thrown instanceof SoferError && thrown.code === "usage")) throw thrown;
      const { message, url } = toPlainError(thrown);
      if (settings.source !== "auto") throw unreachable(settings, message, url, thrown, "bucket");
      // The service may still do, for as few books as it is politely asked for.
      onEvent({ type: "bucket-unreachable", why: message });
    }
  }
  const kept = settings.resume && settings.treeFile === null ? keptContents(options) : null;
  if (kept !== null) {
    try {
      return wanted(kept, true, null);
    } catch (thrown) {
      // The title may be newer than the kept contents: ask again, and let that answer decide.
      if (!(thrown instanceof SoferError)) throw thrown;
    }
  }
  const contents = await askContents(options, road);
  await road.writer.call("saveContents", settings.baseUrl, contents, Date.now());
  return wanted(contents, false, null);
}

function keptContents(options: IngestOptions): readonly ContentsEntry[] | null {
  const library = openLibrary(options.libraryPath);
  try {
    const kept = library.contents(options.settings.baseUrl);
    return kept !== null && Date.now() - kept.fetchedAt < FRESH_FOR_MS ? kept.entries : null;
  } finally {
    library.close();
  }
}

async function askContents(options: IngestOptions, road: Coordinator): Promise<readonly ContentsEntry[]> {
  // A saved answer is the source's own business, and no request.
  if (options.settings.treeFile !== null) return options.makeSources(unpaced, () => undefined).service.contents();
  try {
    return (await road.contents("service")).entries;
  } catch (thrown) {
    if (options.signal.aborted) throw thrown;
    const { message, url } = toPlainError(thrown);
    throw unreachable(options.settings, message, url, thrown);
  }
}

export function unreachable(
  settings: Settings,
  message: string,
  url: string | null,
  cause?: unknown,
  source: Route["source"] = "service",
): SoferError {
  const host = hostOf(source === "bucket" ? (settings.bucketUrl ?? DEFAULT_BUCKET_URL) : settings.baseUrl);
  return new SoferError("unreachable", `${host} gave no usable answer: ${message}`, {
    hint: "is the address right and the service up? what was stored is kept; run the same command again",
    ...(url === null ? {} : { url }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Outlines of all books first, so that totals, budget and ETA are exact; then the units that are not held yet. */
async function plan(
  options: IngestOptions,
  road: Coordinator,
  entries: readonly ContentsEntry[],
  wish: Wish,
): Promise<PlannedUnit[]> {
  const { settings, onEvent } = options;
  const breath = new Breath();
  const names = entries.map((entry) => entry.title);
  const fresh = new Set<string>();
  await readLibrary(options, async (library) => {
    for (const book of settings.resume ? library.eachBook(names) : []) {
      await breath.take();
      if (Date.now() - book.checkedAt >= FRESH_FOR_MS || book.checkedAt < wish.notBefore) continue;
      fresh.add(book.title);
      onEvent({ type: "book-outlined", title: book.title, slots: slotsOf(book), isCached: true });
    }
  });
  const stale = entries.filter((entry) => !fresh.has(entry.title));
  await road.outline(stale);
  if (options.signal.aborted) return [];

  const wanted: { readonly book: StoredBook; readonly leaves: LeafWish[] }[] = [];
  await readLibrary(options, async (library) => {
    for (const book of library.eachBook(names)) {
      await breath.take();
      wanted.push({ book, leaves: leavesToAsk(book, library.settled(book.title), wish) });
    }
  });
  await excludeBeyondLimit(
    road,
    wanted.flatMap(({ leaves }) => leaves),
    wish,
  );
  const toAsk = wanted
    .map(({ book, leaves }) => ({ book, leaves: leaves.filter((leaf) => leaf.limitSlots !== 0) }))
    .filter(({ leaves }) => leaves.length > 0);
  const hints = withLibrary(options, (library) => new Map(library.splitHints().map((hint) => [hint.nodeId, hint])));
  const needList = toAsk.filter(
    ({ book, leaves }) => needsVersions(book, wish.selection) || leaves.some((leaf) => hints.has(leaf.nodeId)),
  );
  const lists = await road.listVersions(needList.map(({ book }) => book.title));
  const planned = toAsk.flatMap(({ book, leaves }) =>
    leaves.map((leaf): PlannedUnit => {
      const unit = wholeUnit(leaf, wish, lists.get(book.title) ?? null);
      const hint = hints.get(leaf.nodeId);
      const known = lists.get(book.title);
      const parts =
        hint === undefined || known === undefined
          ? null
          : partsOf(unit, leaf, known, hint.slotsPerRequest, options, wish);
      return { unit, wish: leaf, parts };
    }),
  );
  const figures = planFigures(planned.map(({ unit }) => unit));
  onEvent({
    type: "plan-made",
    books: entries.length,
    units: figures.units,
    slots: figures.slots,
    heldBooks: wanted.length - toAsk.length,
  });
  checkBudget(settings, { requests: road.requests + figures.units, bytes: estimateBytes(figures.slots, wish) });
  checkPoliteness(settings, road.requests + figures.units);
  for (const { book, leaves } of toAsk) {
    onEvent({
      type: "book-started",
      title: book.title,
      slots: leaves.reduce((sum, leaf) => sum + slotCount(leaf.shape), 0),
      units: leaves.length,
    });
  }
  return planned;
}

/** Leaves that lie wholly beyond `--limit` are settled as such, without a request. */
async function excludeBeyondLimit(road: Coordinator, leaves: readonly LeafWish[], wish: Wish): Promise<void> {
  for (const leaf of leaves) {
    if (leaf.limitSlots !== 0) continue;
    await road.settle(leaf.bookTitle, {
      nodeId: leaf.nodeId,
      range: null,
      selection: selectionKey(wish.selection),
      limitSlots: 0,
      excluded: [],
      raw: EMPTY_TALLY,
    });
  }
}

function slotsOf(book: StoredBook): number {
  return book.leaves.reduce((sum, leaf) => sum + slotCount(leaf.shape), 0);
}

function wholeUnit(leaf: LeafWish, wish: Wish, known: readonly VersionMeta[] | null): TextUnit {
  // Under `best` the whole leaf is compared even when only its beginning is kept: a later run without the limit must
  // find the same winner.
  const isPart = wish.selection.policy.kind !== "best";
  return textUnit(leaf, {
    range: isPart ? rangeWithin(leaf.shape, leaf.limitSlots) : null,
    versions: versionsToAsk(wish.selection, known),
    selection: wish.selection,
    decidesBest: true,
  });
}

/** The parts that a split of an earlier run made, less those that are settled. */
function partsOf(
  unit: TextUnit,
  leaf: LeafWish,
  known: readonly VersionMeta[],
  slotsPerRequest: number | null,
  options: IngestOptions,
  wish: Wish,
): TextUnit[] {
  const asked = unit.versions;
  const parts = splitByVersion(
    unit,
    leaf,
    known.filter((meta) => asked === "all" || asked.includes(meta.versionTitle)),
  ).flatMap((part) => (slotsPerRequest === null ? [part] : splitByRange(part, leaf, slotsPerRequest)));
  const settled = wish.isFresh
    ? []
    : withLibrary(options, (library) => library.settled(unit.bookTitle)).filter(
        (row) => row.nodeId === unit.nodeId && row.settledAt >= wish.notBefore,
      );
  return parts.filter(
    (part) =>
      !settled.some(
        (row) =>
          row.selection === selectionKey(part.selection) &&
          JSON.stringify(row.range) === JSON.stringify(part.range) &&
          settles(row, part.selection, part.limitSlots),
      ),
  );
}

/** What is derived once the texts are in. */
async function finish(road: Coordinator, onEvent: EventListener): Promise<void> {
  await road.writer.call("finishChunks");
  const startedMs = systemClock.monotonicMs();
  const rows = await road.writer.call("buildIndex");
  if (rows > 0) onEvent({ type: "index-built", rows, ms: systemClock.monotonicMs() - startedMs });
  // Links that came earlier find the books that came now.
  await road.writer.call("resolveLinks", Date.now());
  await road.writer.call("checkpoint");
}

/** As withLibrary, for reading that gives way to other work in between. */
async function readLibrary(
  options: Pick<IngestOptions, "libraryPath">,
  read: (library: Library) => Promise<void>,
): Promise<void> {
  const library = openLibrary(options.libraryPath);
  try {
    await read(library);
  } finally {
    library.close();
  }
}

function withLibrary<T>(options: Pick<IngestOptions, "libraryPath">, read: (library: Library) => T): T {
  const library = openLibrary(options.libraryPath);
  try {
    return read(library);
  } finally {
    library.close();
  }
}
