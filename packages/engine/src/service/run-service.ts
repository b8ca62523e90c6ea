import {
  EMPTY_TALLY,
  selectionKey,
  slotCount,
  SoferError,
  type ContentsEntry,
  type Settlement,
  type VersionMeta,
} from "@sofer/core";
import { openLibrary, type Library, type SplitHint } from "@sofer/store/run";
import { checkBudget, checkPoliteness, estimateBytes } from "../budget.ts";
import { checkRoom } from "../disk-room.ts";
import type { Coordinator, PlannedUnit } from "../coordinator.ts";
import { leavesToAsk, needsVersions, type LeafWish, type Wish } from "../planner.ts";
import type { IngestOptions } from "../run-options.ts";
import { outlineBooks, type OutlinedBook } from "./outline-books.ts";
import { strategyOf } from "../strategy/strategy.ts";
import { partsOf, wholeUnit } from "./plan-leaves.ts";
import type { RefreshWork } from "./refreshes.ts";

export interface ServiceRun {
  readonly options: IngestOptions;
  readonly road: Coordinator;
  /** Wanted books. */
  readonly entries: readonly ContentsEntry[];
  readonly wish: Wish;
}

/** Books that are read, planned and begun together. */
const BOOKS_AT_ONCE = 32;

/** What is known of a book with texts to be asked, without the shapes of its leaves: those are read again when it begins. */
interface BookToAsk {
  readonly title: string;
  readonly wish: Wish;
  /** Leaves. */
  readonly units: number;
  /** All of these leaves' slots, and those within the limit. */
  readonly slots: number;
  readonly wantedSlots: number;
  /** For its texts, by the strategy. */
  readonly requests: number;
  readonly needsList: boolean;
  /** A book that is refreshed is not in the library as it will be: it is kept. */
  readonly refreshed: OutlinedBook | null;
}

/**
 * The books of a run by the web service: outlines of all books first, so that totals, budget and ETA are exact; then
 * the units that are not held yet.
 */
export async function bringByService(run: ServiceRun): Promise<void> {
  const { options, road, entries, wish } = run;
  const { settings, onEvent } = options;
  checkPoliteness(settings, entries.length * 2);
  const hints = hintsOf(options);
  const toAsk: BookToAsk[] = [];
  let books = 0;
  for await (const book of outlineBooks(run)) {
    books++;
    // Leaves that lie wholly beyond `--limit` are settled as such, without a request.
    for (const leaf of book.isRefresh ? [] : book.leaves.filter((one) => !isAsked(one))) {
      await road.settle(leaf.bookTitle, beyondLimit(leaf, book.wish));
    }
    const one = bookToAsk(run, book, hints);
    if (one !== null) toAsk.push(one);
  }
  if (options.signal.aborted) return;
  const lists = await road.listVersions(toAsk.filter(({ needsList }) => needsList).map(({ title }) => title));
  const sum = (what: (book: BookToAsk) => number) => toAsk.reduce((all, book) => all + what(book), 0);
  const slots = sum((book) => book.wantedSlots);
  const heldBooks = books - toAsk.length;
  onEvent({ type: "plan-made", books: entries.length, units: sum(({ units }) => units), slots, heldBooks });
  const requests = road.figures.requests + sum((book) => book.requests);
  checkBudget(settings, { requests, bytes: estimateBytes(slots, wish) });
  checkPoliteness(settings, requests);
  // A book that is refreshed takes the old one's room.
  const added = sum((book) => (book.refreshed === null ? book.wantedSlots : 0));
  checkRoom(settings, options.libraryPath, estimateBytes(added, wish));
  for (const { title, slots: ofBook, units } of toAsk) onEvent({ type: "book-started", title, slots: ofBook, units });
  const refreshes = toAsk.flatMap(({ refreshed }) =>
    refreshed === null ? [] : [refreshWork(refreshed, lists, settings.maxDelete)],
  );
  await road.bring(plannedUnits(options, toAsk, lists, hints), refreshes);
}

type Hints = ReadonlyMap<number, SplitHint>;

function hintsOf({ libraryPath }: IngestOptions): Hints {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    return new Map(library.splitHints().map((hint) => [hint.nodeId, hint]));
  } finally {
    library.close();
  }
}

function bookToAsk({ options, wish }: ServiceRun, outlined: OutlinedBook, hints: Hints): BookToAsk | null {
  const { book, isRefresh } = outlined;
  const asked = outlined.leaves.filter(isAsked);
  if (asked.length === 0) return null;
  const strategy = strategyOf(options.settings.strategy);
  const figures = { slots: 0, wantedSlots: 0, requests: 0 };
  for (const leaf of asked) {
    const slots = slotCount(leaf.shape);
    figures.slots += slots;
    figures.wantedSlots += leaf.limitSlots ?? slots;
    figures.requests += strategy.requests(wholeUnit(leaf, outlined.wish, null));
  }
  const needsList = needsVersions(book, wish.selection) || asked.some((leaf) => hints.has(leaf.nodeId));
  const refreshed = isRefresh ? outlined : null;
  return { title: book.title, wish: outlined.wish, units: asked.length, ...figures, needsList, refreshed };
}

/** Units of whole books, some books at a time. */
function* plannedUnits(
  { libraryPath }: IngestOptions,
  toAsk: readonly BookToAsk[],
  lists: ReadonlyMap<string, readonly VersionMeta[]>,
  hints: Hints,
): Generator<PlannedUnit[]> {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    for (let at = 0; at < toAsk.length; at += BOOKS_AT_ONCE) {
      const some = toAsk.slice(at, at + BOOKS_AT_ONCE);
      yield some.flatMap((book) => unitsOfBook(library, book, lists.get(book.title) ?? null, hints));
    }
  } finally {
    library.close();
  }
}

function unitsOfBook(
  library: Library,
  { title, wish, refreshed }: BookToAsk,
  known: readonly VersionMeta[] | null,
  hints: Hints,
): PlannedUnit[] {
  const book = refreshed?.book ?? library.book(title);
  if (book === null) throw new SoferError("internal", `"${title}" left the library while it was planned`);
  const settled = refreshed?.settled ?? library.settled(title);
  const leaves = refreshed?.leaves ?? leavesToAsk(book, settled, wish);
  return leaves.filter(isAsked).map((leaf): PlannedUnit => {
    const unit = wholeUnit(leaf, wish, known);
    const hint = hints.get(leaf.nodeId);
    const isCut = hint !== undefined && known !== null;
    const parts = isCut ? partsOf(unit, leaf, known, hint.slotsPerRequest, settled, wish) : null;
    return { unit, wish: leaf, parts };
  });
}

function refreshWork(
  { book, leaves, wish, outline }: OutlinedBook,
  lists: ReadonlyMap<string, readonly VersionMeta[]>,
  maxDelete: number,
): RefreshWork {
  const { title } = book;
  return {
    title,
    outline,
    leaves: book.leaves.map(({ nodeId, leaf }) => ({ nodeId, title: leaf.title })),
    settlements: leaves.filter((leaf) => !isAsked(leaf)).map((leaf) => beyondLimit(leaf, wish)),
    listed: lists.get(title) ?? null,
    maxDelete,
  };
}

function isAsked({ limitSlots }: LeafWish): boolean {
  return limitSlots !== 0;
}

function beyondLimit({ nodeId }: LeafWish, { selection }: Wish): Settlement {
  const range = null;
  return { nodeId, range, selection: selectionKey(selection), limitSlots: 0, excluded: [], raw: EMPTY_TALLY };
}
