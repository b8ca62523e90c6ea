import { isStageFailure, type Changes, type ExclusionReason } from "@sofer/core";
import {
  sumSlots,
  sumTexts,
  type FailureRow,
  type Library,
  type LicenceExclusion,
  type TextCounts,
} from "@sofer/store/run";
import type { CoveredBook } from "./covered-books.ts";
import type { Spent, UsedPace } from "./spent.ts";

export type Outcome = "whole" | "failures" | "interrupted" | "stopped";

/** What a run leaves: expected = stored + blank + uncovered + excludedSlots + failedSlots, always. */
export interface Receipt {
  readonly outcome: Outcome;
  readonly source: "service" | "bucket";
  readonly books: number;
  readonly leaves: number;
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly versions: number;
  /** Slots that the source promises. */
  readonly expected: number;
  readonly stored: number;
  readonly blank: number;
  readonly uncovered: number;
  readonly excludedSlots: number;
  readonly failedSlots: number;
  readonly texts: TextCounts;
  /** What the run did to the texts: stored = added + changed + moved + unchanged. */
  readonly changes: Changes & { readonly unchanged: number };
  /** Books of the library that the contents do not name any more; with `--max-delete 100` they are gone. */
  readonly dropped: readonly string[];
  /** Folders of the export beside the run's books that the contents do not name. */
  readonly beyond: readonly string[];
  readonly excludedVersions: Readonly<Record<ExclusionReason, { readonly versions: number; readonly texts: number }>>;
  /** By name, what the policy on licences left out. */
  readonly excludedByLicence: readonly LicenceExclusion[];
  /** Of the run's books. */
  readonly chunks: number;
  /** In these chunks; a segment counts once in each profile. */
  readonly tokens: number;
  readonly spent: Spent;
  /** By host that was asked. */
  readonly paces: readonly UsedPace[];
  readonly failures: readonly FailureRow[];
  /** Dictionaries that a category brought along: they hold no stored text, and are no failure unless asked for by name. */
  readonly refusedBooks: readonly string[];
  readonly perCategory: readonly CategoryCounts[];
}

export interface CategoryCounts {
  readonly category: string;
  readonly books: number;
  readonly expected: number;
  readonly stored: number;
  readonly blank: number;
  readonly uncovered: number;
  readonly excluded: number;
  readonly failed: number;
  readonly chunks: number;
  readonly tokens: number;
}

export interface RunFigures {
  readonly outcome: Outcome;
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly source: Receipt["source"];
  readonly changes: Changes;
  readonly dropped: readonly string[];
  readonly beyond: readonly string[];
  readonly spent: Spent;
  readonly paces: readonly UsedPace[];
}

/**
 * The sums of a run.
 * @param covered its books, each with what it has and lacks
 * @param titles of its books
 * @param named titles that were asked for one by one
 * @param onCovered told of the books before their failures are read
 */
export async function makeReceipt(
  library: Library,
  covered: readonly CoveredBook[],
  titles: ReadonlySet<string>,
  named: ReadonlySet<string>,
  figures: RunFigures,
  onCovered: (covered: readonly CoveredBook[]) => Promise<void>,
): Promise<Receipt> {
  const slots = sumSlots(covered.map((book) => book.slots));
  const isRefused = (row: FailureRow) => row.code === "virtual-node" && !named.has(row.title);
  await onCovered(covered);
  // What comes after the texts has receipts of its own.
  const ofTexts = library.failures().filter(({ unitId }) => !isStageFailure(unitId));
  const byTitle = Map.groupBy(ofTexts, (row) => row.title);
  const rows = [...titles].flatMap((title) => byTitle.get(title) ?? []);
  const failures = rows.filter((row) => !isRefused(row));
  const isWhole = failures.length === 0 && slots.failed === 0;
  const texts = sumTexts(covered.map((book) => book.texts));
  const { changes } = figures;
  return {
    source: figures.source,
    dropped: figures.dropped,
    beyond: figures.beyond,
    outcome: figures.outcome === "whole" && !isWhole ? "failures" : figures.outcome,
    books: covered.length,
    leaves: covered.reduce((sum, book) => sum + book.leaves.length, 0),
    requests: figures.requests,
    bytes: figures.bytes,
    seconds: figures.seconds,
    versions: covered.reduce((sum, book) => sum + book.versions, 0),
    expected: slots.expected,
    stored: slots.stored,
    blank: slots.blank,
    uncovered: slots.uncovered,
    excludedSlots: slots.excluded,
    failedSlots: slots.failed,
    texts,
    changes: { ...changes, unchanged: texts.stored - changes.added - changes.changed - changes.moved },
    excludedVersions: sumExcluded(covered),
    excludedByLicence: covered.flatMap((book) => book.excludedByLicence),
    ...sumChunks(covered),
    spent: figures.spent,
    paces: figures.paces,
    failures,
    refusedBooks: rows.filter(isRefused).map((row) => row.title),
    perCategory: perCategory(covered),
  };
}

function sumExcluded(books: readonly CoveredBook[]): Receipt["excludedVersions"] {
  const reasons: readonly ExclusionReason[] = ["language", "licence", "version", "not-best"];
  const sums = { language: zero(), licence: zero(), version: zero(), "not-best": zero() };
  for (const book of books) {
    for (const reason of reasons) {
      sums[reason].versions += book.excludedVersions[reason].versions;
      sums[reason].texts += book.excludedVersions[reason].texts;
    }
  }
  return sums;
}

const zero = () => ({ versions: 0, texts: 0 });

function sumChunks(books: readonly CoveredBook[]): Pick<Receipt, "chunks" | "tokens"> {
  return {
    chunks: books.reduce((sum, book) => sum + book.chunks.count, 0),
    tokens: books.reduce((sum, book) => sum + book.chunks.tokens, 0),
  };
}

function perCategory(books: readonly CoveredBook[]): CategoryCounts[] {
  const groups = Map.groupBy(books, (book) => book.book.categories[0] ?? "");
  return [...groups].map(([category, members]) => ({
    category,
    books: members.length,
    ...sumSlots(members.map((book) => book.slots)),
    ...sumChunks(members),
  }));
}
