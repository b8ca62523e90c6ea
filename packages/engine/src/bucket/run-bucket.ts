import {
  mostFileBytes,
  SoferError,
  toPlainError,
  type ContentsEntry,
  type ListedObject,
  type PlainError,
} from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import pLimit from "p-limit";
import { Breath } from "../breath.ts";
import { checkBudget } from "../budget.ts";
import { checkRoom } from "../disk-room.ts";
import type { Coordinator } from "../coordinator.ts";
import type { Wish } from "../planner.ts";
import type { IngestOptions } from "../run-options.ts";
import { maxResponseBytesOf } from "../run-settings.ts";
import { slotsIn } from "../split.ts";
import type { BookWork } from "./book-works.ts";
import { dropBooks } from "./dropped-books.ts";
import { heldBook } from "./held-book.ts";
import { readListing, type BucketReader, type ListedBook } from "./listing.ts";
import { Refusals } from "./refusals.ts";
import { bookUnit, needsOf, type BookNeeds, type HeldBook } from "./plan-book.ts";

export interface BucketRun {
  readonly options: IngestOptions;
  readonly road: Coordinator;
  /** Wanted books. */
  readonly entries: readonly ContentsEntry[];
  readonly contents: readonly ContentsEntry[];
  readonly wish: Wish;
  readonly reader: BucketReader;
}

/** What a run noticed beside the books that it brings. */
export interface BucketReport {
  /** Books of the library that the contents do not name any more. */
  readonly dropped: readonly string[];
  /** Folders of the export that the contents do not name. */
  readonly beyond: readonly string[];
}

interface PlannedBook {
  readonly listed: ListedBook;
  readonly held: HeldBook;
  readonly needs: BookNeeds;
}

/** Outlines on their way to the writer: one by one each would wait for the answer to the one before. */
const OUTLINES_AT_ONCE = 32;
/** How often a book is planned anew because its objects were replaced while it was brought. */
const MAX_RELISTS = 3;

/**
 * The books of a run by the export bucket: listing -> what has changed -> schemas -> version files. The export is
 * rewritten for hours once a month; books whose objects were replaced meanwhile are listed and planned again, last.
 */
export async function bringByBucket(run: BucketRun): Promise<BucketReport> {
  const report = { dropped: await dropBooks(run), beyond: [] as readonly string[] };
  const { options, road } = run;
  let todo = run.entries;
  for (let attempt = 0; todo.length > 0 && !options.signal.aborted; attempt++) {
    const planned = await planBooks(run, todo, attempt === 0 ? report : null);
    const replaced = await bringPlanned(run, planned);
    todo = todo.filter((entry) => replaced.has(entry.title));
    if (options.signal.aborted) return report;
    for (const { title } of todo) {
      const error = replaced.get(title);
      if (error === undefined) continue;
      if (attempt < MAX_RELISTS)
        options.onEvent({ type: "book-relisted", title, attempt: attempt + 1, why: error.message });
      else
        await road.failures.ofBook(title, `book:${title}`, {
          ...error,
          next: "never",
          hint: "the export is being rewritten: try again in some hours",
        });
    }
    if (attempt >= MAX_RELISTS) break;
  }
  return report;
}

/** @param report of a run's first plan; null: books are planned again. */
async function planBooks(
  run: BucketRun,
  entries: readonly ContentsEntry[],
  report: { beyond: readonly string[] } | null,
): Promise<PlannedBook[]> {
  const { options, road, wish, reader } = run;
  const { onEvent } = options;
  const listing = await readListing(reader, options.exportNames, entries, run.contents);
  if (options.signal.aborted) return [];
  onEvent({ type: "bucket-listed", objects: listing.objects, pages: listing.pages });
  if (listing.refusedWith !== null) onEvent({ type: "listing-refused", why: listing.refusedWith.message });
  if (report !== null) report.beyond = listing.beyond;
  if (report !== null && listing.beyond.length > 0) onEvent({ type: "beyond-contents", books: listing.beyond });
  for (const [title, error] of listing.failed) await road.failures.ofBook(title, `listing:${title}`, error);
  const healed: string[] = [];
  const books: PlannedBook[] = [];
  let heldBooks = 0;
  const library = openLibrary(options.libraryPath, { isThrifty: true });
  try {
    const failed = new Set(library.failures().map(({ unitId }) => unitId));
    const breath = new Breath();
    for (const listed of listing.books) {
      await breath.take();
      if (failed.has(`listing:${listed.entry.title}`)) healed.push(`listing:${listed.entry.title}`);
      const held = heldBook(library, listed.entry.title);
      const needs = needsOf(listed, held, wish, options.exportNames);
      if (needs.isHeld) heldBooks++;
      else books.push({ listed, held, needs });
      if (held.book !== null && !needs.needsOutline) {
        const slots = held.book.leaves.reduce((sum, leaf) => sum + slotsIn(leaf.shape, null), 0);
        onEvent({ type: "book-outlined", title: held.book.title, slots, isCached: true });
      }
    }
  } finally {
    library.close();
  }
  if (healed.length > 0) await road.writer.call("resolveFailures", healed);
  const objects = books.flatMap(({ needs }) => needs.objects);
  const schemas = books.filter(({ needs }) => needs.needsOutline).length;
  const bytes = objects.reduce((sum, object) => sum + Math.max(0, object.size), 0);
  if (report !== null) {
    onEvent({ type: "plan-made", books: entries.length, units: books.length, slots: 0, heldBooks });
    checkBudget(options.settings, { requests: road.figures.requests + schemas + objects.length, bytes });
    // A book that is refreshed takes the old one's room.
    const added = books.filter(({ needs }) => !needs.isRefresh).flatMap(({ needs }) => needs.objects);
    // One that is too large is not taken, and needs no room.
    const most = mostFileBytes(maxResponseBytesOf(options.settings));
    const addedBytes = added.reduce((sum, { size }) => sum + (size > most ? 0 : Math.max(0, size)), 0);
    // With --limit whole files come, of which little stays: how little is not known before.
    if (wish.limit === null) checkRoom(options.settings, options.libraryPath, addedBytes);
  }
  return books;
}

/** Schemas first, so that what cannot be addressed is named before a text is asked for. */
async function bringPlanned(run: BucketRun, planned: readonly PlannedBook[]): Promise<ReadonlyMap<string, PlainError>> {
  const { options, road, wish } = run;
  const replaced = new Map<string, PlainError>();
  const refusals = new Refusals(run);
  const breath = new Breath();
  const withSchema: (PlannedBook & { readonly schema: ListedObject })[] = [];
  for (const book of planned) {
    await breath.take();
    const { title } = book.listed.entry;
    const { schema } = book.listed;
    const refusal = schema === null || schema.size === 0 ? null : refusals.of(book.listed, schema);
    if (schema === null || schema.size === 0)
      await road.failures.ofBook(title, `book:${title}`, toPlainError(notThere(title, "schema")));
    else if (refusal === null) withSchema.push({ ...book, schema });
    else await road.failures.ofBook(title, refusal.unitId, refusal.error);
  }
  const outlines = await road.inquiries.ask(
    withSchema
      .filter(({ needs, listed }) => needs.needsOutline || listed.texts.length === 0)
      .map(({ listed, schema }) => ({
        kind: "outline",
        id: `outline:${listed.entry.title}`,
        bookTitle: listed.entry.title,
        object: schema,
      })),
  );
  const workOf = async ({ listed, held, needs, schema }: (typeof withSchema)[number]): Promise<BookWork[]> => {
    await breath.take();
    const { title, order } = listed.entry;
    const unitId = `outline:${title}`;
    const error = outlines.errors.get(unitId);
    if (error !== undefined) {
      if (error.next === "relist") replaced.set(title, error);
      else {
        await road.failures.ofBook(title, unitId, error);
        if (error.code === "virtual-node") await refusals.keep(listed, schema, { unitId, error });
      }
      return [];
    }
    if (listed.texts.length === 0) {
      const refusal = { unitId: `book:${title}`, error: toPlainError(notThere(title, "texts")) };
      await road.failures.ofBook(title, refusal.unitId, refusal.error);
      await refusals.keep(listed, schema, refusal);
      return [];
    }
    const answer = outlines.answers.get(unitId);
    if (needs.needsOutline && answer?.type !== "outline") return [];
    const outline = answer?.type === "outline" ? answer.outline : null;
    const gone = needs.gone;
    const { maxDelete } = options.settings;
    if (outline !== null && !needs.isRefresh) {
      // A book that is new has nothing that could be mixed with what comes.
      const book = await road.outlines.take(outline, order, { unitId, title, schema });
      return [{ unit: bookUnit(listed, { ...held, book }, needs, null, wish), schema, gone, outline: null, maxDelete }];
    }
    const unit = bookUnit(listed, held, needs, outline, wish);
    return [{ unit, schema, gone, outline: outline && { outline, position: order }, maxDelete }];
  };
  const limit = pLimit(OUTLINES_AT_ONCE);
  const works = (await Promise.all(withSchema.map((book) => limit(() => workOf(book))))).flat();
  if (options.signal.aborted) return new Map();
  for (const { unit } of works) options.onEvent({ type: "book-started", title: unit.bookTitle, slots: 0, units: 1 });
  for (const [title, error] of await road.bringBooks(works)) replaced.set(title, error);
  return replaced;
}

/** A book without any file may be all copyrighted, or stand elsewhere: nobody can tell, so it is not called whole. */
function notThere(title: string, part: "schema" | "texts"): SoferError {
  return part === "schema"
    ? new SoferError("not-found", `the export has no schema of "${title}"`, { hint: "try --source service" })
    : new SoferError("not-found", `the export has no text of "${title}"`, {
        hint: "versions under copyright are not exported: try --source service",
      });
}
