import {
  isCountsFailure,
  isStageFailure,
  slotCount,
  slots,
  versionId,
  type ExclusionReason,
  type Path,
  type VersionKey,
} from "@sofer/core";
import type { FailureRow, HoldingRow, Library, SettledRow, StoredBook, StoredLeaf } from "./api.ts";

/** Lets others have their turn, when it is time: asked for between small steps of long work. */
export interface Breather {
  take(): Promise<void>;
}

/**
 * Completeness per leaf (design 2.9): every slot that the shape promises is in exactly one class.
 *
 * | class       | meaning                                                                         |
 * |-------------|---------------------------------------------------------------------------------|
 * | `stored`    | a wanted version's text is in the library there                                   |
 * | `blank`     | the wanted versions have the place, without text (blank or not text)              |
 * | `uncovered` | only versions that are not wanted have it                                         |
 * | `excluded`  | beyond `--limit`                                                                  |
 * | `failed`    | not brought: its request failed, or nobody asked yet, or every version was stored and it is still missing |
 */
export interface SlotCounts {
  readonly expected: number;
  readonly stored: number;
  readonly blank: number;
  readonly uncovered: number;
  readonly excluded: number;
  readonly failed: number;
}

export type SlotClass = Exclude<keyof SlotCounts, "expected">;

export interface LeafCoverage {
  readonly leaf: StoredLeaf;
  readonly slots: SlotCounts;
  /** A request for a part of it failed: what is `failed` was not merely not asked for yet. */
  readonly hasFailed: boolean;
  readonly failedPaths: readonly Path[];
  /** Stored places that the shape does not promise. */
  readonly beyond: readonly Path[];
}

/** What the library says of one leaf, gathered before its slots are classed. */
export interface LeafFacts {
  readonly leaf: StoredLeaf;
  /** Paths stored in any version. */
  readonly storedPaths: Iterable<Path>;
  readonly holdings: readonly HoldingRow[];
  readonly settled: readonly SettledRow[];
  /** A request for a part of it failed: what is missing is not merely unwanted. */
  readonly hasFailed: boolean;
}

/** A path as a set's member; a place deeper than the schema stands for its slot. */
const slotKey = (path: Path, depth: number): string => (path.length === depth ? path : path.slice(0, depth)).join(".");

/** Slots classed between two breaths. */
const SLOTS_AT_ONCE = 1_000;

/** @param onSlot told of each slot, in reading order */
export async function coverLeaf(
  facts: LeafFacts,
  breath: Breather,
  onSlot?: (path: Path, slotClass: SlotClass) => void,
): Promise<LeafCoverage> {
  const { leaf, holdings, settled } = facts;
  const { depth } = leaf.leaf;
  /** Stored places by slot; what is left of them when all slots are classed was not promised. */
  const stored = new Map<string, Path>();
  /** Places shallower than the schema: they stand for every slot below them. */
  const shallow = new Set<string>();
  let read = 0;
  for (const path of facts.storedPaths) {
    if (++read % SLOTS_AT_ONCE === 0) await breath.take();
    if (path.length < depth) shallow.add(path.join("."));
    else stored.set(slotKey(path, depth), path);
  }
  const blank = new Set<string>();
  for (const holding of holdings) {
    for (const odd of holding.odd) if (odd.kind !== "text") blank.add(odd.path.slice(0, depth).join("."));
  }
  const limit = smallestLimit(settled);
  const leavesOut = settled.some((row) => row.excluded.some((version) => version.raw.count > 0) || isPartial(row));
  const isSettled = settled.length > 0;

  const counts = { expected: 0, stored: 0, blank: 0, uncovered: 0, excluded: 0, failed: 0 };
  const failedPaths: Path[] = [];
  for (const path of slots(leaf.shape)) {
    const position = counts.expected++;
    if (position % SLOTS_AT_ONCE === 0) await breath.take();
    const key = path.join(".");
    let slotClass: SlotClass = "failed";
    if (stored.delete(key) || standsBelow(path, shallow)) slotClass = "stored";
    else if (limit !== null && position >= limit) slotClass = "excluded";
    else if (blank.has(key) || standsBelow(path, blank)) slotClass = "blank";
    else if (isSettled && leavesOut && !facts.hasFailed) slotClass = "uncovered";
    counts[slotClass]++;
    if (slotClass === "failed") failedPaths.push(path);
    onSlot?.(path, slotClass);
  }
  return { leaf, slots: counts, hasFailed: facts.hasFailed, failedPaths, beyond: [...stored.values()] };
}

function standsBelow(path: Path, set: ReadonlySet<string>): boolean {
  if (set.size === 0) return false;
  for (let length = path.length - 1; length >= 0; length--) if (set.has(path.slice(0, length).join("."))) return true;
  return false;
}

/** null when some settlement has no limit: then nothing is left out for it. */
export function smallestLimit(settled: readonly SettledRow[]): number | null {
  let most: number | null = null;
  for (const row of settled) {
    if (row.limitSlots === null) return null;
    most = Math.max(most ?? 0, row.limitSlots);
  }
  return most;
}

/** Settled under named versions: others were not asked for, and may have what is missing here. */
function isPartial(row: SettledRow): boolean {
  const [versions] = JSON.parse(row.selection) as [unknown];
  return versions !== "all";
}

/** Sums over texts (one per version and place), from the holdings. */
export interface TextCounts {
  readonly places: number;
  readonly stored: number;
  readonly blank: number;
  readonly notText: number;
  readonly irregular: number;
  readonly excluded: number;
}

/** A version that the policy on licences left out. */
export interface LicenceExclusion {
  readonly title: string;
  readonly language: string;
  readonly versionTitle: string;
  /** "" where none is stated. */
  readonly license: string;
  /** Texts seen and left out; 0: it was known by its name and not asked for. */
  readonly texts: number;
}

export interface BookCoverage {
  readonly book: StoredBook;
  readonly leaves: readonly LeafCoverage[];
  readonly slots: SlotCounts;
  readonly texts: TextCounts;
  readonly versions: number;
  readonly excludedVersions: Readonly<Record<ExclusionReason, { versions: number; texts: number }>>;
  readonly excludedByLicence: readonly LicenceExclusion[];
}

/** What of a library a coverage is made from, read once for all books. */
export interface CoverageContext {
  readonly library: Library;
  readonly failures: ReadonlyMap<string, readonly FailureRow[]>;
  readonly breath: Breather;
}

export function coverageOf(library: Library, breath: Breather): CoverageContext {
  // What comes after the texts, embedding and pushing, does not make a book less whole.
  const ofTexts = library.failures().filter(({ unitId }) => !isStageFailure(unitId));
  return { library, failures: Map.groupBy(ofTexts, (row) => row.title), breath };
}

/**
 * Classes every slot of a book, leaf by leaf. Reads places, no texts.
 * @param onSlot told of each slot, in reading order
 */
export async function coverBook(
  context: CoverageContext,
  book: StoredBook,
  onSlot?: (leaf: StoredLeaf, path: Path, slotClass: SlotClass) => void,
): Promise<BookCoverage> {
  const { library, breath } = context;
  const holdings = library.holdings(book.title);
  const settled = library.settled(book.title);
  // Counts that promise too much say nothing of what was asked and did not come.
  const failures = (context.failures.get(book.title) ?? []).filter((row) => !isCountsFailure(row));
  const leaves: LeafCoverage[] = [];
  for (const leaf of book.leaves) {
    const ofLeaf = holdings.filter((row) => row.nodeId === leaf.nodeId);
    if (slotCount(leaf.shape) === 0 && ofLeaf.length === 0) continue;
    await breath.take();
    const facts = {
      leaf,
      storedPaths: library.storedPaths(leaf.nodeId),
      holdings: ofLeaf,
      settled: settled.filter((row) => row.nodeId === leaf.nodeId),
      hasFailed: failures.some((row) => row.place === leaf.leaf.title || row.place.startsWith(`${leaf.leaf.title} `)),
    };
    leaves.push(await coverLeaf(facts, breath, onSlot && ((path, slotClass) => onSlot(leaf, path, slotClass))));
  }
  const excludedVersions = { language: none(), licence: none(), version: none(), "not-best": none() };
  const seen = new Set<string>();
  const byLicence = new Map<string, LicenceExclusion>();
  for (const row of settled) {
    for (const version of row.excluded) {
      if (version.reason === "licence") {
        const { language, versionTitle, license, raw } = version;
        const key = `${language}|${versionTitle}`;
        const texts = (byLicence.get(key)?.texts ?? 0) + raw.count;
        byLicence.set(key, { title: book.title, language, versionTitle, license, texts });
      } else if (version.raw.count === 0) continue;
      const sum = excludedVersions[version.reason];
      const key = `${version.reason} ${version.language}|${version.versionTitle}`;
      if (!seen.has(key)) sum.versions++;
      seen.add(key);
      sum.texts += version.raw.count;
    }
  }
  return {
    book,
    leaves,
    slots: sumSlots(leaves.map((leaf) => leaf.slots)),
    texts: sumTexts(holdings),
    versions: distinctVersions(holdings.filter((row) => row.stored > 0)).length,
    excludedVersions,
    excludedByLicence: [...byLicence.values()],
  };
}

const none = () => ({ versions: 0, texts: 0 });

export function distinctVersions(holdings: readonly HoldingRow[]): VersionKey[] {
  return [...new Map(holdings.map((row) => [versionId(row.version), row.version])).values()];
}

const NO_SLOTS: SlotCounts = { expected: 0, stored: 0, blank: 0, uncovered: 0, excluded: 0, failed: 0 };
const NO_TEXTS: TextCounts = { places: 0, stored: 0, blank: 0, notText: 0, irregular: 0, excluded: 0 };

export const sumSlots = (all: readonly SlotCounts[]): SlotCounts => sumInto(NO_SLOTS, all);
export const sumTexts = (all: readonly TextCounts[]): TextCounts => sumInto(NO_TEXTS, all);

/** Adds up the fields that `zero` has; rows may have more. */
function sumInto<T extends object>(zero: T, rows: readonly T[]): T {
  const names = Object.keys(zero) as (keyof T)[];
  const sums = names.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name]), 0)]);
  return Object.fromEntries(sums) as T;
}
