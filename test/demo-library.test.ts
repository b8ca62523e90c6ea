import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox, type SandboxBook } from "@sofer/sandbox";
import {
  allVersions,
  bestVersions,
  difference,
  isComplex,
  leavesOf,
  segmentsIn,
  type ExpectedSegment,
} from "./expected.ts";
import { heldRows, heldSegments, jsonLines, runCli, tempDir, verified as reportOf } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(120_000);
const books = demoLibrary().books.filter((book) => !book.isVirtual);
const titles = books.map((book) => book.title);
const named = (...wanted: string[]) => books.filter((book) => wanted.includes(book.title));
/** One book of each structure. */
const STRUCTURES: readonly (readonly [string, string])[] = [
  ["Sayings of the Well", "depth 1"],
  ["Scroll of Lamps", "depth 2, verses"],
  ["Book of Measures", "depth 3"],
  ["Four Doors", "depth 4"],
  ["Shearim", "Talmud pages, the first two empty"],
  ["Tablet of Pages", "folios"],
  ["Tosefet on Shearim", "a commentary on pages, with holes"],
  ["Book of Radiances", "sections numbered through by offsets"],
  ["Light of the Vineyard", "an empty first section"],
  ["Guide of the Path", "complex without a default node"],
  ["Gathered Teachings", "complex with a default node"],
  ["Answers of Eliav", "complex in two levels, one leaf empty"],
  ["Torn Pages", "holes, nulls, numbers, blanks"],
  ["Deep Essays", "an array deeper than its schema"],
  ["Essays Without Levels", "an array shallower than its schema"],
  ["Long Ruling", "a segment longer than any chunk"],
];

/** Books whose versions tie, outrank one another, lie in one leaf only, may not be copied, or have one side only. */
const BEST = [
  "Scroll of Gates",
  "Scroll of Rivers",
  "Laws of the Scribe",
  "Midrash of the Road",
  "Guide of the Path",
  "Gathered Teachings",
  "Torn Pages",
  "Letters from Abroad",
];

interface Receipt {
  readonly type: string;
  readonly outcome: string;
  readonly books: number;
  readonly requests: number;
  readonly expected: number;
  readonly stored: number;
  readonly blank: number;
  readonly uncovered: number;
  readonly excludedSlots: number;
  readonly failedSlots: number;
  readonly texts: {
    readonly places: number;
    readonly stored: number;
    readonly blank: number;
    readonly notText: number;
    readonly irregular: number;
    readonly excluded: number;
  };
}

const folder = tempDir();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary(), logRequests: true });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

async function ingest(library: string, ...words: string[]): Promise<Receipt> {
  sandbox.resetStats();
  const where = ["--library", folder.file(library), "--pace-file", folder.file("pace.sqlite")];
  const tuning = ["--base-url", sandbox.url, "--rate", "0", "--max-workers", "2", "--json"];
  const { code, stdout, stderr } = await runCli(["ingest", ...where, ...tuning, ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const receipt = jsonLines<Receipt>(stdout).at(-1);
  if (receipt?.type !== "receipt") throw new Error("the run left no receipt");
  return receipt;
}

/** The longest road to what a library holds, through the program: once. Elsewhere its rows are read here. */
async function dump(library: string): Promise<ExpectedSegment[]> {
  const { code, stdout } = await runCli(["dump", "segments", "--library", folder.file(library)]);
  expect(code).toBe(0);
  return jsonLines<ExpectedSegment>(stdout);
}

const held = (library: string): ExpectedSegment[] => heldSegments(folder.file(library));

async function expectVerified(library: string): Promise<void> {
  expect(await reportOf(folder.file(library))).toMatchObject({ isWhole: true, lines: [] });
}

function expectSum(receipt: Receipt): void {
  const { stored, blank, uncovered, excludedSlots, failedSlots, texts } = receipt;
  expect(stored + blank + uncovered + excludedSlots + failedSlots).toBe(receipt.expected);
  expect(failedSlots).toBe(0);
  expect(texts.stored + texts.blank + texts.notText + texts.excluded).toBe(texts.places);
}

/** Leaves that hold text in any version: a complex book's count of text requests. */
function fullLeaves(book: SandboxBook): number {
  const content = book.load();
  return leavesOf(content).filter((leaf) => content.versions.some((version) => segmentsIn(version, leaf) > 0)).length;
}

/** Requests that a book was asked with, by its title in the path. */
function requestsFor(book: SandboxBook): number {
  const name = book.title.replaceAll(" ", "_");
  return sandbox.requests().filter(({ path }) => {
    const asked = decodeURIComponent(path.split("?")[0] ?? "").replace(/^.*\//, "");
    return asked === name || asked.startsWith(`${name}.`) || leafNames(book).has(asked);
  }).length;
}

function leafNames(book: SandboxBook): Set<string> {
  return new Set(leavesOf(book.load()).map((leaf) => leaf.en.replaceAll(" ", "_")));
}

const ofBook = (segments: readonly ExpectedSegment[], title: string) =>
  segments.filter((segment) => segment.title === title);

describe("every version of the generated library", () => {
  let receipt: Receipt;
  let dumped: ExpectedSegment[];
  let perBook: ReadonlyMap<string, number>;
  let total = 0;
  beforeAll(async () => {
    receipt = await ingest("all.sqlite", "--versions", "all", "--titles", ...titles);
    perBook = new Map(books.map((book) => [book.title, requestsFor(book)]));
    total = sandbox.stats().total;
    dumped = await dump("all.sqlite");
  });

  test("the dump holds what the source holds, no more and no less", () => {
    const expected = allVersions(books);
    expect(difference(expected, dumped)).toEqual({ missing: [], surplus: [] });
    expect(dumped.length).toBe(expected.length);
  });

  test.each(STRUCTURES)("%s (%s) is whole", (title) => {
    const expected = allVersions(named(title));
    expect(expected.length).toBeGreaterThan(0);
    expect(difference(expected, ofBook(dumped, title))).toEqual({ missing: [], surplus: [] });
  });

  test("the receipt adds up, and counts what was stored", () => {
    expectSum(receipt);
    expect(receipt.books).toBe(books.length);
    expect(receipt.texts.stored).toBe(dumped.length);
    expect(receipt.texts.notText).toBeGreaterThan(0);
    expect(receipt.texts.irregular).toBeGreaterThan(0);
  });

  test("verify finds it whole", async () => {
    const { code, stdout } = await runCli(["verify", "--json", "--library", folder.file("all.sqlite")]);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ type: "report", isWhole: true, differences: 0 });
    expect(code).toBe(0);
  });

  test("requests: 1 for the contents, 2 for a simple book, 1 and its full leaves for a complex one", () => {
    expect(receipt.requests).toBe(total);
    for (const book of books) {
      expect([book.title, perBook.get(book.title)]).toEqual([book.title, isComplex(book) ? 1 + fullLeaves(book) : 2]);
    }
    expect(total).toBe(1 + [...perBook.values()].reduce((sum, count) => sum + count, 0));
  });

  test("a second run asks for no text and changes nothing", async () => {
    const before = heldRows(folder.file("all.sqlite"));
    const again = await ingest("all.sqlite", "--versions", "all", "--titles", ...titles);
    expect(sandbox.stats().requests.texts).toBe(0);
    expect(again.texts).toEqual(receipt.texts);
    expect(heldRows(folder.file("all.sqlite")) === before).toBe(true);
  });

  test("exact titles of what is held already ask for nothing", async () => {
    await ingest("all.sqlite", "--versions", "en|Annotated Translation", "--titles", "Scroll of Gates");
    expect(sandbox.stats().requests.texts).toBe(0);
  });
});

describe("a choice of versions", () => {
  test("best: one version of each leaf and side, in at most 3 requests per simple book plus one per tie", async () => {
    const some = named(...BEST);
    const receipt = await ingest("best.sqlite", "--titles", ...BEST);
    const expected = bestVersions(some);
    expect(difference(expected, held("best.sqlite"))).toEqual({ missing: [], surplus: [] });
    expectSum(receipt);
    for (const book of some) {
      const ties = tiesOf(book);
      const most = isComplex(book) ? 1 + fullLeaves(book) : 3 + ties;
      expect([book.title, Math.max(requestsFor(book), most)]).toEqual([book.title, most]);
    }
    await expectVerified("best.sqlite");
    const texts = await ingest("best.sqlite", "--titles", ...BEST);
    expect([texts.outcome, sandbox.stats().requests.texts]).toEqual(["whole", 0]);
  });

  test("exact titles: those versions alone, in 2 requests per simple book", async () => {
    const some = named("Scroll of Gates", "Midrash of the Road", "Guide of the Path");
    const wanted = ["he|Sandbox Hebrew Edition", "en|Annotated Translation"];
    const receipt = await ingest("exact.sqlite", "--versions", ...wanted, "--titles", ...some.map((b) => b.title));
    const expected = allVersions(some, ["Sandbox Hebrew Edition", "Annotated Translation"]);
    expect(difference(expected, held("exact.sqlite"))).toEqual({ missing: [], surplus: [] });
    expectSum(receipt);
    for (const book of some) expect(requestsFor(book)).toBe(isComplex(book) ? 1 + fullLeaves(book) : 2);
    await expectVerified("exact.sqlite");
  });
});

/** Sides of a simple book whose highest priority is shared. */
function tiesOf(book: SandboxBook): number {
  return ["he", "en"].filter((side) => {
    const priorities = book
      .load()
      .versions.filter(({ meta }) => meta.language === side && !(meta.license ?? "").startsWith("Copyright"))
      .map(({ meta }) => Number(meta.priority ?? 0));
    const top = Math.max(...priorities);
    return priorities.filter((priority) => priority === top).length > 1;
  }).length;
}

describe("--limit", () => {
  test("the first 10 refs of each book in every version; a run without it completes the book", async () => {
    const some = named("Scroll of Gates", "Shearim", "Sayings of the Well", "Book of Measures", "Guide of the Path");
    const wanted = ["--versions", "all", "--titles", ...some.map((book) => book.title)];
    const limited = await ingest("limit.sqlite", "--limit", "10", ...wanted);
    const begun = held("limit.sqlite");
    const all = allVersions(some);
    for (const { title } of some) {
      const kept = new Set(ofBook(begun, title).map(({ ref }) => ref));
      expect([title, kept.size]).toEqual([title, 10]);
      const expected = ofBook(all, title).filter(({ ref }) => kept.has(ref));
      expect(difference(expected, ofBook(begun, title))).toEqual({ missing: [], surplus: [] });
    }
    expect(ofBook(begun, "Scroll of Gates").some(({ ref }) => ref === "Scroll of Gates 1:10")).toBe(true);
    expectSum(limited);
    expect(limited.stored).toBe(10 * some.length);
    expect(limited.excludedSlots).toBe(limited.expected - 10 * some.length);
    await expectVerified("limit.sqlite");

    const complete = await ingest("limit.sqlite", ...wanted);
    expectSum(complete);
    expect(complete.excludedSlots).toBe(0);
    expect(difference(all, held("limit.sqlite"))).toEqual({ missing: [], surplus: [] });
    await expectVerified("limit.sqlite");
  });
});

test("a dictionary is refused by its name", async () => {
  const words = ["--base-url", sandbox.url, "--rate", "0", "--titles", "Lexicon of the Scribe", "Poem of the Scribe"];
  const where = ["--library", folder.file("lexicon.sqlite"), "--pace-file", folder.file("pace.sqlite")];
  const { code, stdout } = await runCli(["ingest", ...words, ...where, "--json"]);
  expect(code).toBe(1);
  const receipt = jsonLines<{ failures: unknown[]; outcome: string }>(stdout).at(-1);
  expect(receipt).toMatchObject({
    outcome: "failures",
    failures: [{ title: "Lexicon of the Scribe", code: "virtual-node" }],
  });
  const poem = named("Poem of the Scribe");
  expect(difference(bestVersions(poem), held("lexicon.sqlite"))).toEqual({ missing: [], surplus: [] });
});
