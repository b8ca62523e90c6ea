import {
  EMPTY_TALLY,
  selectionKey,
  slotCount,
  type ContentsEntry,
  type Settlement,
  type VersionMeta,
} from "@sofer/core";
import { openLibrary, type Library } from "@sofer/store";
import { checkBudget, checkPoliteness, estimateBytes, planFigures } from "../budget.ts";
import { checkRoom } from "../disk-room.ts";
import type { Coordinator, PlannedUnit } from "../coordinator.ts";
import { needsVersions, type LeafWish, type Wish } from "../planner.ts";
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

/**
 * The books of a run by the web service: outlines of all books first, so that totals, budget and ETA are exact; then
 * the units that are not held yet.
 */
export async function bringByService(run: ServiceRun): Promise<void> {
  const { options, road, entries } = run;
  checkPoliteness(options.settings, entries.length * 2);
  const books = await outlineBooks(run);
  if (options.signal.aborted) return;
  const { planned, refreshes } = await planTexts(run, books);
  await road.bring(planned, refreshes);
}

interface Planned {
  readonly planned: readonly PlannedUnit[];
  readonly refreshes: readonly RefreshWork[];
}

async function planTexts(run: ServiceRun, books: readonly OutlinedBook[]): Promise<Planned> {
  const { options, road, entries, wish } = run;
  const { settings, onEvent } = options;
  await settleBeyondLimit(
    run,
    books.filter(({ isRefresh }) => !isRefresh),
  );
  const toAsk = books
    .map((book) => ({ ...book, asked: book.leaves.filter(isAsked) }))
    .filter(({ asked }) => asked.length > 0);
  const hints = withLibrary(options, (library) => new Map(library.splitHints().map((hint) => [hint.nodeId, hint])));
  const needList = toAsk.filter(
    ({ book, asked }) => needsVersions(book, wish.selection) || asked.some((leaf) => hints.has(leaf.nodeId)),
  );
  const lists = await road.listVersions(needList.map(({ book }) => book.title));
  const planned = toAsk.flatMap(({ book, asked, settled, wish: wished }) =>
    asked.map((leaf): PlannedUnit => {
      const known = lists.get(book.title);
      const unit = wholeUnit(leaf, wished, known ?? null);
      const hint = hints.get(leaf.nodeId);
      const isCut = hint !== undefined && known !== undefined;
      const parts = isCut ? partsOf(unit, leaf, known, hint.slotsPerRequest, settled, wished) : null;
      return { unit, wish: leaf, parts };
    }),
  );
  const figures = planFigures(planned.map(({ unit }) => unit));
  const heldBooks = books.length - toAsk.length;
  onEvent({ type: "plan-made", books: entries.length, units: figures.units, slots: figures.slots, heldBooks });
  const strategy = strategyOf(settings.strategy);
  const forTexts = planned.reduce((sum, { unit }) => sum + strategy.requests(unit), 0);
  const requests = road.figures.requests + forTexts;
  checkBudget(settings, { requests, bytes: estimateBytes(figures.slots, wish) });
  checkPoliteness(settings, requests);
  // A book that is refreshed takes the old one's room.
  const refreshed = new Set(toAsk.filter(({ isRefresh }) => isRefresh).map(({ book }) => book.title));
  const added = planFigures(planned.map(({ unit }) => unit).filter(({ bookTitle }) => !refreshed.has(bookTitle)));
  checkRoom(settings, options.libraryPath, estimateBytes(added.slots, wish));
  for (const { book, asked } of toAsk) {
    const slots = asked.reduce((sum, leaf) => sum + slotCount(leaf.shape), 0);
    onEvent({ type: "book-started", title: book.title, slots, units: asked.length });
  }
  const refreshes = toAsk
    .filter(({ isRefresh }) => isRefresh)
    .map((book) => refreshWork(book, lists, settings.maxDelete));
  return { planned, refreshes };
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

/** Leaves that lie wholly beyond `--limit` are settled as such, without a request. */
async function settleBeyondLimit({ road }: ServiceRun, books: readonly OutlinedBook[]): Promise<void> {
  for (const { leaves, wish } of books) {
    for (const leaf of leaves) if (!isAsked(leaf)) await road.settle(leaf.bookTitle, beyondLimit(leaf, wish));
  }
}

function isAsked({ limitSlots }: LeafWish): boolean {
  return limitSlots !== 0;
}

function beyondLimit({ nodeId }: LeafWish, { selection }: Wish): Settlement {
  const range = null;
  return { nodeId, range, selection: selectionKey(selection), limitSlots: 0, excluded: [], raw: EMPTY_TALLY };
}

function withLibrary<T>({ libraryPath }: IngestOptions, read: (library: Library) => T): T {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    return read(library);
  } finally {
    library.close();
  }
}
