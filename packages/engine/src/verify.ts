import { formatRef, versionId, type VersionKey } from "@sofer/core";
import { coverageOf, coverBook, distinctVersions, sumSlots, sumTexts } from "@sofer/store";
import type { LeafCoverage, SlotCounts, TextCounts } from "@sofer/store";
import type { Breather, HoldingRow, Library, StoredBook, StoredLeaf } from "@sofer/store";
import { Breath } from "./breath.ts";
import { placesOfGone, verifyChunks } from "./verify-chunks.ts";
import type { LeafLine, VerifyLine, VerifySign } from "./verify-line.ts";
import { verifyTexts } from "./verify-texts.ts";
import { unfinishedLines } from "./verify-unfinished.ts";

export interface VerifyReport {
  readonly books: number;
  readonly slots: SlotCounts;
  readonly texts: TextCounts;
  /** Texts whose bytes still have the hash they were stored with. */
  readonly intact: number;
  /** How many lines there were of each sign; `=` counts texts. */
  readonly signs: Readonly<Record<VerifySign, number>>;
  /** Everything that is not `=`. */
  readonly differences: number;
  /** No difference but text beyond the source's counts: that is news, not loss, since the counts are older than the text. */
  readonly isWhole: boolean;
}

export interface VerifyOptions {
  readonly library: Library;
  /** null: every book, and what belongs to none. */
  readonly titles: readonly string[] | null;
  /** Told of each difference, book by book. */
  readonly onLine: (line: VerifyLine) => void;
  readonly onBook?: (title: string) => void;
  /** Reads a leaf's texts again from the source; returns what differs there. */
  readonly deep?: (
    book: StoredBook,
    leaf: StoredLeaf,
    versions: readonly VersionKey[],
  ) => Promise<readonly VerifyLine[]>;
}

/**
 * Checks what the library holds against what the source promised (shapes) and answered (tallies): every slot is
 * accounted for, every text has its hash, every holding its count and sum, every text is in a chunk of each profile and
 * in the full-text index. Reads only the library, unless it is told to look deeper.
 */
export async function verifyLibrary(options: VerifyOptions): Promise<VerifyReport> {
  const { library, titles } = options;
  const signs = { "=": 0, "-": 0, "+": 0, "*": 0, "!": 0 };
  let losses = 0;
  let gone = 0;
  const tell = (line: VerifyLine) => {
    signs[line.sign]++;
    if (line.about !== "beyond") losses++;
    if (line.about === "text" && line.sign === "-") gone++;
    options.onLine(line);
  };
  const slots: SlotCounts[] = [];
  const texts: TextCounts[] = [];
  const context = coverageOf(library, new Breath());
  for (const book of library.eachBook(titles ?? undefined)) {
    options.onBook?.(book.title);
    const { lines, intact } = await verifyTextsOf(options, context.breath, book);
    signs["="] += intact;
    const covered = await coverBook(context, book);
    const said = new Set(lines.map((line) => `${line.sign} ${line.ref}`));
    for (const line of lines) tell(line);
    for (const line of promisedLines(book, covered.leaves)) if (!said.has(`${line.sign} ${line.ref}`)) tell(line);
    for (const line of unfinishedLines(library, book)) tell(line);
    for (const failure of context.failures.get(book.title) ?? []) tellFailure(failure, tell);
    slots.push(covered.slots);
    texts.push(covered.texts);
  }
  for (const [title, failures] of context.failures) {
    const isWanted = titles === null || titles.includes(title);
    // Of a book that has not even an outline; the others were told with their book.
    if (isWanted && library.book(title) === null) for (const failure of failures) tellFailure(failure, tell);
  }
  if (titles === null) for (const line of strayLines(library, gone)) tell(line);
  const differences = signs["-"] + signs["+"] + signs["*"] + signs["!"];
  const sums = { slots: sumSlots(slots), texts: sumTexts(texts) };
  return { books: slots.length, ...sums, intact: signs["="], signs, differences, isWhole: losses === 0 };
}

type Failure = ReturnType<Library["failures"]>[number];

function tellFailure(failure: Failure, tell: (line: VerifyLine) => void): void {
  // A dictionary holds no stored text: there is nothing of it to be whole.
  if (failure.code === "virtual-node") return;
  const { title, place } = failure;
  tell({
    sign: "!",
    about: "failed",
    title,
    leaf: null,
    version: null,
    ref: place,
    note: `${failure.code}: ${failure.message}`,
  });
}

interface LocalLeaf {
  readonly leaf: StoredLeaf;
  readonly versions: readonly VersionKey[];
  readonly lines: readonly VerifyLine[];
}

async function verifyTextsOf(
  { library, deep }: VerifyOptions,
  breath: Breather,
  book: StoredBook,
): Promise<{ lines: VerifyLine[]; intact: number }> {
  await breath.take();
  // A run may be committing parcels of this very book: its holdings and its rows must be of one moment.
  const { leaves, intact } = library.snapshot(() => verifyLeaves(library, book));
  const lines: VerifyLine[] = [];
  for (const { leaf, versions, lines: local } of leaves) {
    const read = deep === undefined || versions.length === 0 ? [] : await deep(book, leaf, versions);
    lines.push(...merged(local, read));
  }
  return { lines, intact };
}

function verifyLeaves(library: Library, book: StoredBook): { leaves: LocalLeaf[]; intact: number } {
  let intact = 0;
  const holdings = Map.groupBy(library.holdings(book.title), (row) => row.nodeId);
  const rows = Map.groupBy(library.storedTexts(book.title), (row) => row.nodeId);
  const leaves = book.leaves.map((leaf): LocalLeaf => {
    const ofLeaf = holdings.get(leaf.nodeId) ?? [];
    const all = [...distinctVersions(ofLeaf), ...(rows.get(leaf.nodeId) ?? []).map((row) => row.version)];
    const versions = [...new Map(all.map((version) => [versionId(version), version])).values()];
    const lines = versions.flatMap((version) => {
      const own = ofLeaf.filter((row) => versionId(row.version) === versionId(version));
      const found = verifyVersion(library, leaf, version, own);
      intact += found.intact;
      return found.lines.map((line) => ({ ...line, title: book.title, leaf: leaf.leaf.title, version }));
    });
    return { leaf, versions, lines };
  });
  return { leaves, intact };
}

/** The source's own word on a place goes before a count that does not name the place. */
function merged(local: readonly VerifyLine[], read: readonly VerifyLine[]): VerifyLine[] {
  const key = (line: VerifyLine) => `${line.sign} ${line.ref} ${line.version === null ? "" : versionId(line.version)}`;
  const said = new Set(read.map(key));
  const isExact = (line: VerifyLine) =>
    read.some(
      (other) =>
        other.about === "text" &&
        other.sign === line.sign &&
        other.version !== null &&
        line.version !== null &&
        versionId(other.version) === versionId(line.version),
    );
  const kept = local.filter(
    (line) => !said.has(key(line)) && !(line.about === "text" && line.ref === line.leaf && isExact(line)),
  );
  return [...kept, ...read];
}

function verifyVersion(
  library: Library,
  stored: StoredLeaf,
  version: VersionKey,
  holdings: readonly HoldingRow[],
): { readonly lines: readonly LeafLine[]; readonly intact: number } {
  const { leaf } = stored;
  const texts = library.leafVersionTexts(stored.nodeId, version);
  const spans = library.leafSpans(stored.nodeId, version);
  const chunked = new Set(spans.map((span) => span.segmentTextId));
  const { lines, intact, missing } = verifyTexts(stored, texts, holdings, chunked);
  const gone: LeafLine[] = [];
  if (missing > 0) {
    const places = placesOfGone(stored, texts, spans, holdings);
    const isKnown = places !== null && places.length === missing;
    const say = (ref: string, note: string) => gone.push({ sign: "-", about: "text", ref, note });
    if (isKnown) for (const path of places) say(formatRef(leaf, path), "was stored, and is not there");
    else say(leaf.title, `${missing} of the texts that were stored are not there`);
  }
  // A damaged text is not found in its chunks either; one line for it is enough, and its repair makes both anew.
  const told = new Set(lines.map((line) => line.ref));
  const derived = [...verifyChunks(stored, texts, spans, missing > 0), ...indexLines(library, stored, texts)];
  return { lines: [...lines, ...gone, ...derived.filter((line) => !told.has(line.ref))], intact };
}

function indexLines(
  library: Library,
  { leaf }: StoredLeaf,
  texts: ReturnType<Library["leafVersionTexts"]>,
): readonly LeafLine[] {
  const missing = new Set(library.unindexed(texts.segmentTextIds));
  const line = (ref: string, note: string): LeafLine => ({ sign: "-", about: "index", ref, note });
  if (missing.size > 1 && missing.size === texts.texts.length) {
    return [line(leaf.title, `none of ${missing.size} texts is in the full-text index`)];
  }
  return texts.segmentTextIds.flatMap((id, index) =>
    missing.has(id) ? [line(formatRef(leaf, texts.paths[index] ?? []), "not in the full-text index")] : [],
  );
}

function promisedLines(book: StoredBook, leaves: readonly LeafCoverage[]): VerifyLine[] {
  return leaves.flatMap(({ leaf: { leaf }, slots, failedPaths, beyond }) => {
    const about = { title: book.title, leaf: leaf.title, version: null };
    if (slots.failed > 1 && slots.failed === slots.expected) {
      // A run that was cut short leaves whole leaves: each is one thing to do.
      return [
        { ...about, sign: "-", about: "text", ref: leaf.title, note: `none of ${slots.failed} segments is here` },
      ];
    }
    const missing = failedPaths.map((path): VerifyLine => ({
      ...about,
      sign: "-",
      about: "text",
      ref: formatRef(leaf, path),
      note: "promised, in no stored version",
    }));
    const more = beyond.map((path): VerifyLine => ({
      ...about,
      sign: "+",
      about: "beyond",
      ref: formatRef(leaf, path),
      note: "stored, beyond what the source counts",
    }));
    return [...missing, ...more];
  });
}

/** @param gone texts known to be gone: what they left in the index is no news. */
function strayLines(library: Library, gone: number): VerifyLine[] {
  const { texts, spans, indexRows } = library.strays();
  const line = (count: number, what: string): VerifyLine[] =>
    count === 0
      ? []
      : [{ sign: "+", about: "stray", title: "", leaf: null, version: null, ref: "", note: `${what}: ${count}` }];
  return [
    ...line(texts, "texts of no place or version"),
    ...line(spans, "parts of chunks that point nowhere"),
    ...line(indexRows > gone ? indexRows : 0, "index rows of no text"),
  ];
}
