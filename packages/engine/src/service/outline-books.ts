import { slotCount, type BookOutline, type ContentsEntry } from "@sofer/core";
import { openLibrary, type SettledRow, type StoredBook } from "@sofer/store/run";
import { Breath } from "../breath.ts";
import { leavesToAsk, type LeafWish, type Wish } from "../planner.ts";
import { refreshId } from "./refreshes.ts";
import type { ServiceRun } from "./run-service.ts";

/** A book whose schema and counts are known, and what is to be asked of it. */
export interface OutlinedBook {
  readonly book: StoredBook;
  readonly wish: Wish;
  readonly settled: readonly SettledRow[];
  readonly leaves: readonly LeafWish[];
  /** True: texts that the library holds are asked for anew, and take the old ones' place all at once. */
  readonly isRefresh: boolean;
  /** What the book is now, to be written with its texts; null: the library has it. */
  readonly outline: { readonly outline: BookOutline; readonly position: number } | null;
}

/** Contents and outlines are read again after a day: the publisher's own cache serves them for as long (sefaria-api, 10). */
const FRESH_FOR_MS = 24 * 60 * 60 * 1000;

/** What is dated later than now was read while the clock was wrong, and is as old as it is early. */
export function isFresh(atMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - atMs) < FRESH_FOR_MS;
}

/** Outlines of all books, one after another: from the library where they are fresh, else from the source. */
export async function* outlineBooks(run: ServiceRun): AsyncGenerator<OutlinedBook> {
  const { options, road, entries, wish } = run;
  const { fresh, held, unrefreshed } = await readHeld(run);
  const stale = entries.filter((entry) => !fresh.has(entry.title));
  const wishOf = (title: string): Wish => (unrefreshed.has(title) ? { ...wish, isFresh: true } : wish);
  const asksAnew = (title: string) => wishOf(title).isFresh || wish.notBefore > 0;
  // The outline of a book that will be replaced waits for its texts: a reader is not to see one without the other.
  const waits = ({ title }: ContentsEntry) => asksAnew(title) && held.has(title);
  await road.outline(stale.filter((entry) => !waits(entry)));
  const waiting = await askOutlines(run, stale.filter(waits));
  if (options.signal.aborted) return;

  const library = openLibrary(options.libraryPath, { isThrifty: true });
  try {
    const breath = new Breath();
    for (const stored of library.eachBook(entries.map((entry) => entry.title))) {
      await breath.take();
      const { title } = stored;
      const outline = waiting.get(title) ?? null;
      if (outline === "failed") continue;
      const settled = library.settled(title);
      const outlined = { wish: wishOf(title), settled, outline };
      const book = outline === null ? stored : refreshedBook(stored, outline.outline);
      const leaves = leavesToAsk(book, settled, outlined.wish);
      const isHeld = ({ nodeId }: LeafWish) => settled.some((row) => row.nodeId === nodeId);
      const isRefresh = asksAnew(title) && leaves.some((leaf) => leaf.limitSlots !== 0 && isHeld(leaf));
      if (isRefresh || outline === null) {
        yield { ...outlined, book, leaves, isRefresh };
        continue;
      }
      // Nothing of its texts is replaced, so nothing can be mixed up.
      const of = { unitId: `outline:${title}`, title };
      const written = await road.outlines.take(outline.outline, outline.position, of);
      const asked = leavesToAsk(written, settled, outlined.wish);
      yield { ...outlined, outline: null, book: written, leaves: asked, isRefresh };
    }
  } finally {
    library.close();
  }
}

interface Held {
  /** Books whose outlines need not be asked for. */
  readonly fresh: ReadonlySet<string>;
  /** Books of which texts are settled. */
  readonly held: ReadonlySet<string>;
  /** Books whose last refresh failed: it is made up for. */
  readonly unrefreshed: ReadonlySet<string>;
}

async function readHeld({ options, entries, wish }: ServiceRun): Promise<Held> {
  const { settings, onEvent } = options;
  const fresh = new Set<string>();
  const held = new Set<string>();
  const library = openLibrary(options.libraryPath, { isThrifty: true });
  try {
    const breath = new Breath();
    const failed = new Set(library.failures().map((failure) => failure.unitId));
    const names = entries.map((entry) => entry.title);
    const unrefreshed = new Set(names.filter((title) => failed.has(refreshId(title))));
    for (const book of library.eachBook(names)) {
      await breath.take();
      if (library.settled(book.title).length > 0) held.add(book.title);
      const isOld = !isFresh(book.checkedAt, Date.now()) || book.checkedAt < wish.notBefore;
      if (!settings.resume || isOld || unrefreshed.has(book.title)) continue;
      fresh.add(book.title);
      onEvent({ type: "book-outlined", title: book.title, slots: slotsOf(book), isCached: true });
    }
    return { fresh, held, unrefreshed };
  } finally {
    library.close();
  }
}

type Waiting = { readonly outline: BookOutline; readonly position: number } | "failed";

/** Outlines that are not written yet, by title. */
async function askOutlines(
  { options, road }: ServiceRun,
  entries: readonly ContentsEntry[],
): Promise<ReadonlyMap<string, Waiting>> {
  const waiting = new Map<string, Waiting>();
  if (entries.length === 0) return waiting;
  const unitId = (title: string) => `outline:${title}`;
  const { answers, errors } = await road.inquiries.ask(
    entries.map(({ title }) => ({ kind: "outline", id: unitId(title), bookTitle: title })),
  );
  for (const { title, order } of entries) {
    const answer = answers.get(unitId(title));
    const error = errors.get(unitId(title));
    if (answer?.type === "outline") {
      waiting.set(title, { outline: answer.outline, position: order });
      options.onEvent({ type: "book-outlined", title, slots: slotsOfOutline(answer.outline), isCached: false });
    } else {
      waiting.set(title, "failed");
      if (error !== undefined) await road.failures.ofBook(title, unitId(title), error);
    }
  }
  return waiting;
}

/** The book as it will be: leaves that are new have negative ids until they are written. */
function refreshedBook(old: StoredBook, outline: BookOutline): StoredBook {
  const ids = new Map(old.leaves.map(({ leaf, nodeId }) => [leaf.title, nodeId]));
  const leaves = outline.tree.leaves.map((leaf, order) => ({
    nodeId: ids.get(leaf.title) ?? -1 - order,
    leaf,
    shape: outline.shapes[leaf.title] ?? [],
  }));
  return { ...old, isComplex: outline.tree.isComplex, leaves };
}

function slotsOf(book: StoredBook): number {
  return book.leaves.reduce((sum, leaf) => sum + slotCount(leaf.shape), 0);
}

function slotsOfOutline(outline: BookOutline): number {
  let slots = 0;
  for (const shape of Object.values(outline.shapes)) slots += slotCount(shape);
  return slots;
}
