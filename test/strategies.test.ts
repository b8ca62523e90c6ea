import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { heldRows, jsonLines, runCli, tempDir } from "./support.ts";
import { COUNTED, demoBooks, PATTERNS, requestsFor, sizeOf } from "./strategies.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);

/** Chapters in five versions; pages, of which the first are empty; and a book of three nodes with a default one. */
const BOOKS = demoBooks(["Scroll of Gates", "Shearim", "Gathered Teachings"]);
const TITLES = BOOKS.map(({ title }) => title);
const LEAVES = 5;

const folder = tempDir();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary(), logRequests: true, latencyMs: 2 });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

async function ingest(strategy: string) {
  const library = folder.file(`${strategy}.sqlite`);
  sandbox.resetStats();
  const where = ["--base-url", sandbox.url, "--rate", "0", "--max-workers", "3"];
  const own = ["--library", library, "--pace-file", `${library}.pace`, "--log-file", `${library}.log`, "--quiet"];
  const words = ["ingest", "--strategy", strategy, ...where, ...own, "--titles", ...TITLES];
  const { code, stderr } = await runCli(words);
  const events = jsonLines<{ readonly type: string }>(await Bun.file(`${library}.log`).text());
  const workers = events.filter(({ type }) => type === "worker-started").length;
  return { library, code, stderr, stats: sandbox.stats(), log: sandbox.requests(), workers };
}

test.each(PATTERNS)("$strategy: the formula is the pattern that was counted", ({ ofBook, counted }) => {
  const { books, sections, segments } = COUNTED;
  const whole = books - 1 + ofBook(sections, segments);
  expect(Math.abs(whole / counted - 1)).toBeLessThan(0.1);
});

describe("the same library, by another pattern of requests", () => {
  let few: Awaited<ReturnType<typeof ingest>>;
  beforeAll(async () => {
    few = await ingest("few");
  });

  test.each(PATTERNS)("$strategy", async ({ strategy, ofBook }) => {
    const walked = await ingest(strategy);
    expect(walked.stderr).toBe("");
    expect(walked.code).toBe(0);
    expect((await runCli(["verify", "--library", walked.library])).code).toBe(0);
    expect(heldRows(walked.library)).toBe(heldRows(few.library));
    for (const book of BOOKS) {
      const { sections, segments } = sizeOf(book);
      const ratio = requestsFor(book.title, walked.log) / ofBook(sections, segments);
      expect(ratio, book.title).toBeGreaterThan(0.9);
      expect(ratio, book.title).toBeLessThan(1.1);
    }
    // Nothing else is asked for but the contents.
    expect(TITLES.reduce((sum, title) => sum + requestsFor(title, walked.log), 1)).toBe(walked.stats.total);
    expect(few.stats.total * 20).toBeLessThan(walked.stats.total);
    if (strategy === "walk-threads") {
      expect(walked.workers).toBe(1);
      expect(walked.stats.maxInFlight).toBeLessThanOrEqual(LEAVES);
    } else expect(walked.workers).toBe(3);
  });
});

test("a plan says what a walk costs, and --max-requests refuses it before the first text", async () => {
  const where = [
    "--base-url",
    sandbox.url,
    "--rate",
    "0",
    "--pace-file",
    folder.file("plan.pace"),
    "--titles",
    ...TITLES,
  ];
  const walk = ["--strategy", "walk-processes"];
  sandbox.resetStats();
  const plan = await runCli(["plan", "--json", "--library", folder.file("none.sqlite"), ...where, ...walk]);
  const { requests } = JSON.parse(plan.stdout) as { readonly requests: number };
  const wanted = BOOKS.reduce((sum, book) => sum + 1 + 3 * sizeOf(book).sections, 1);
  expect(Math.abs(requests / wanted - 1)).toBeLessThan(0.1);
  const own = ["--library", folder.file("refused.sqlite"), "--max-requests", String(requests - 1)];
  const refused = await runCli(["ingest", ...where, ...walk, ...own]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`the plan needs ${requests} requests`);
  expect(sandbox.stats().requests.texts).toBe(0);
});

test.each([
  ["the export bucket", ["--source", "bucket", "--base-url", "http://127.0.0.1:9"], "exclude each other"],
  ["merged versions", ["--versions", "merged", "--base-url", "http://127.0.0.1:9"], "no merged versions"],
  ["the publisher", ["--source", "service", "--rate", "1"], "refused on www.sefaria.org"],
])("a walk is wrong usage with %s", async (_name, words, why) => {
  const library = folder.file("nothing.sqlite");
  const titles = ["--titles", "Genesis", "--library", library];
  const { code, stderr } = await runCli(["ingest", "--strategy", "walk-threads", ...titles, ...words]);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  expect(await Bun.file(library).exists()).toBe(false);
});
