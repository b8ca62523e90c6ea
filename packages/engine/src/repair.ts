import { LANGUAGES, slotCount, versionId, type Settings, type VersionKey } from "@sofer/core";
import {
  lockLibrary,
  openLibrary,
  openLibraryWriter,
  type Library,
  type SettledRow,
  type StoredBook,
} from "@sofer/store";
import { missingChunks } from "./finish-chunks.ts";
import type { VerifyLine } from "./verify-line.ts";

/** What a report of `verify` asks for, found in the library as it is now. */
export interface RepairPlan {
  /** Leaves whose texts are to be brought again. */
  readonly leaves: readonly DamagedLeaf[];
  /** Versions of leaves whose chunks are to be made again. */
  readonly chunks: readonly { readonly nodeId: number; readonly version: VersionKey }[];
  /** Runs that bring those leaves and ask again for what failed; none: the network is not needed. */
  readonly runs: readonly RepairRun[];
  /** Books concerned, for verifying them afterwards. */
  readonly titles: readonly string[];
  /** Differences that nothing can be done about: the source could not be read, or the leaf is not there any more. */
  readonly left: readonly VerifyLine[];
}

export interface DamagedLeaf {
  readonly nodeId: number;
  /** null: it is not known which, or all. */
  readonly versions: readonly VersionKey[] | null;
}

/** An ordinary run of some books, under the choice of versions that their texts were first brought with. */
export interface RepairRun {
  readonly titles: readonly string[];
  /** They came by the bucket. */
  readonly isBucket: boolean;
  /** null: nothing of it was ever settled, so the choice is the caller's. */
  readonly choice: Pick<Settings, "versions" | "languages" | "licenses" | "limit"> | null;
}

/** Reads the library, changes nothing. */
export function planRepair(library: Library, lines: readonly VerifyLine[]): RepairPlan {
  const leaves = new Map<number, DamagedLeaf>();
  const chunks = new Map<string, RepairPlan["chunks"][number]>();
  const left: VerifyLine[] = [];
  const runs = new RunList(library);
  const titles = new Set<string>();
  for (const [title, ofBook] of Map.groupBy(lines, (line) => line.title)) {
    const book = library.book(title);
    if (title !== "") titles.add(title);
    for (const line of ofBook) {
      if (line.about === "beyond" || line.about === "index" || line.about === "stray") continue;
      // A book of which nothing is known is asked for as a whole.
      if (line.about === "failed" || (line.about === "text" && line.leaf === null)) {
        runs.add(title, null);
        continue;
      }
      const stored = book?.leaves.find((candidate) => candidate.leaf.title === line.leaf);
      if (book === null || stored === undefined || line.about === "unread") left.push(line);
      else if (line.about === "text") {
        leaves.set(stored.nodeId, withVersion(leaves.get(stored.nodeId), stored.nodeId, line.version));
      } else if (line.version !== null) {
        const { nodeId } = stored;
        chunks.set(`${nodeId} ${versionId(line.version)}`, { nodeId, version: line.version });
      }
    }
    if (book !== null) addRuns(runs, library, book, leaves);
  }
  return { leaves: [...leaves.values()], chunks: [...chunks.values()], runs: runs.list(), titles: [...titles], left };
}

function withVersion(before: DamagedLeaf | undefined, nodeId: number, version: VersionKey | null): DamagedLeaf {
  if (version === null || before?.versions === null) return { nodeId, versions: null };
  return { nodeId, versions: [...(before?.versions ?? []), version] };
}

/** The choices that the damaged leaves of a book were settled under. */
function addRuns(runs: RunList, library: Library, book: StoredBook, damaged: ReadonlyMap<number, unknown>): void {
  const rows = library.settled(book.title);
  for (const { nodeId } of book.leaves.filter((stored) => damaged.has(stored.nodeId))) {
    const selections = selectionsOf(book, rows, nodeId);
    if (selections.length === 0) runs.add(book.title, null);
    for (const selection of selections) runs.add(book.title, choiceOf(selection, limitOf(book, rows, selection)));
  }
}

/**
 * Selections of a leaf's settlements. A leaf that was asked in parts has settlements of single versions and ranges too:
 * they are left out where there is one of the whole, and so are those that not every leaf of the book was settled under,
 * or the run would ask for more than was there.
 */
function selectionsOf(book: StoredBook, rows: readonly SettledRow[], nodeId: number): string[] {
  const own = rows.filter((row) => row.nodeId === nodeId);
  const whole = own.filter((row) => row.range === null);
  const open = whole.filter((row) => !row.selection.startsWith("[["));
  const chosen = [open, whole, own].find((candidates) => candidates.length > 0) ?? [];
  const selections = [...new Set(chosen.map((row) => row.selection))];
  const promised = book.leaves.filter((stored) => slotCount(stored.shape) > 0);
  const ofBook = selections.filter((selection) =>
    promised.every((stored) => rows.some((row) => row.nodeId === stored.nodeId && row.selection === selection)),
  );
  return ofBook.length > 0 ? ofBook : selections;
}

/** `--limit` of the run that left these settlements; null: it had none. */
function limitOf(book: StoredBook, settled: readonly SettledRow[], selection: string): number | null {
  let slots = 0;
  for (const stored of book.leaves) {
    const own = settled.filter((row) => row.nodeId === stored.nodeId && row.selection === selection);
    const limits = own.map((row) => row.limitSlots);
    if (own.length > 0 && !limits.includes(null)) return slots + Math.max(...limits.map((limit) => limit ?? 0));
    slots += slotCount(stored.shape);
  }
  return null;
}

/** A selection's key (core, selectionKey) as the settings that give it. */
function choiceOf(selection: string, limit: number | null): RepairRun["choice"] {
  const [versions, languages, licenses] = JSON.parse(selection) as [unknown, unknown, unknown];
  const strings = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    versions: typeof versions === "string" ? [versions] : strings(versions),
    languages: LANGUAGES.filter((language) => strings(languages).includes(language)),
    licenses: licenses === null ? null : strings(licenses),
    limit,
  };
}

/** Runs, one for each choice. A wider choice comes last: what a narrower one leaves out, it brings. */
class RunList {
  readonly #byChoice = new Map<string, Omit<RepairRun, "titles"> & { readonly titles: Set<string> }>();
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
  }

  add(title: string, choice: RepairRun["choice"]): void {
    const isBucket = this.#library.sourceObjects(title).some((row) => row.kind === "text");
    const key = JSON.stringify([isBucket, choice]);
    const run = this.#byChoice.get(key) ?? { isBucket, choice, titles: new Set() };
    this.#byChoice.set(key, run);
    run.titles.add(title);
  }

  list(): RepairRun[] {
    const width = (choice: RepairRun["choice"]) => (choice?.versions[0] === "all" ? 1 : 0);
    return [...this.#byChoice.values()]
      .toSorted((a, b) => width(a.choice) - width(b.choice))
      .map((run) => ({ ...run, titles: [...run.titles] }));
  }
}

/**
 * Makes the library ready for the runs of a plan: from here on the damage counts as not brought, so that a repair that
 * is cut off is gone on with by the next `ingest`. @throws `locked`
 */
export function prepareRepair(libraryPath: string, plan: RepairPlan): void {
  const lock = lockLibrary(libraryPath);
  try {
    const writer = openLibraryWriter(libraryPath);
    try {
      writer.removeStrays();
      for (const { nodeId, versions } of plan.leaves) writer.unsettleLeaf(nodeId, versions);
      for (const { nodeId, version } of plan.chunks) writer.forgetChunks(nodeId, version);
    } finally {
      writer.close();
    }
  } finally {
    lock.release();
  }
}

/** What needs no source: chunks that are missing, and the full-text index. @throws `locked` */
export function repairLocally(libraryPath: string): void {
  const lock = lockLibrary(libraryPath);
  try {
    const library = openLibrary(libraryPath);
    const writer = openLibraryWriter(libraryPath);
    try {
      for (const made of missingChunks(library)) {
        const { nodeId, version, range, chunks, segmentTextIds, chunking } = made;
        writer.replaceChunks(nodeId, version, range, chunks, segmentTextIds, chunking);
      }
      writer.buildIndex();
      writer.checkpoint();
    } finally {
      writer.close();
      library.close();
    }
  } finally {
    lock.release();
  }
}
