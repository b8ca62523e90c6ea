import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, loadCorpus, startSandbox, type SandboxLibrary } from "@sofer/sandbox";
import { demoBooks, PATTERNS, sizeOf } from "../strategies.ts";
import { CORPUS, hasCorpus, heldRows, runCli, tempDir, type TempDir, verified } from "../support.ts";

/** Fifteen thousand requests, of which each costs both sides some processor. */
setDefaultTimeout(300_000);
/** Of the real books every so many-th is walked: all of them take 85,000 requests, and seven minutes. */
const EVERY = 6;

/** The whole library by few requests and by processes that walk; the figures are printed, to be quoted. */
async function compare(library: SandboxLibrary, every: number, folder: TempDir) {
  const books = library.books.filter(({ isVirtual }) => !isVirtual).map(({ title }) => title);
  const titles = books.filter((_title, index) => index % every === 0);
  const sandbox = await startSandbox({ library });
  await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const totals: number[] = [];
  for (const strategy of ["few", "walk-processes"]) {
    sandbox.resetStats();
    const path = folder.file(`${strategy}.sqlite`);
    const own = ["--library", path, "--pace-file", `${path}.pace`, "--rate", "0", "--quiet"];
    const words = ["ingest", "--strategy", strategy, "--base-url", sandbox.url, ...own, "--titles", ...titles];
    const { code, stderr } = await runCli(words);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect((await verified(path)).isWhole).toBe(true);
    totals.push(sandbox.stats().total);
  }
  const [few = 0, walk = 0] = totals;
  console.log(`${titles.length} books: ${few} requests, ${walk} by a walk, ${(walk / few).toFixed(1)} times as many`);
  expect(heldRows(folder.file("walk-processes.sqlite"))).toBe(heldRows(folder.file("few.sqlite")));
  return { few, walk };
}

test("generated books of every structure: a twentieth of the requests of processes that walk", async () => {
  using folder = tempDir();
  const { few, walk } = await compare(demoLibrary(), 1, folder);
  expect(few * 20).toBeLessThan(walk);
});

test.skipIf(!hasCorpus)("every sixth real book: a twentieth of the requests of processes that walk", async () => {
  using folder = tempDir();
  const { few, walk } = await compare(loadCorpus(CORPUS), EVERY, folder);
  expect(few * 20).toBeLessThan(walk);
});

describe.each(PATTERNS)("$strategy", ({ strategy, ofBook }) => {
  test("failed answers: it goes on where they failed", async () => {
    const [book] = demoBooks(["Tosefet on Shearim"]);
    if (book === undefined) throw new Error("the book is gone");
    const { sections, segments } = sizeOf(book);
    const sandbox = await startSandbox({
      library: demoLibrary(),
      faults: [
        { kind: "status", endpoint: "texts", percent: 10 },
        { kind: "reset", endpoint: "related", percent: 10 },
      ],
    });
    await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
    using folder = tempDir();
    const library = folder.file("library.sqlite");
    const where = ["--base-url", sandbox.url, "--rate", "0", "--initial-backoff", "0.01"];
    const own = ["--library", library, "--pace-file", `${library}.pace`, "--quiet"];
    const { code } = await runCli(["ingest", "--strategy", strategy, ...where, ...own, "--titles", book.title]);
    expect(code).toBe(0);
    expect((await verified(library)).isWhole).toBe(true);
    const { faults, total } = sandbox.stats();
    expect(faults).toBeGreaterThan(10);
    // Each failed request once more, and the leaf not from its beginning.
    expect(total - faults).toBeLessThan(ofBook(sections, segments) * 1.1);
  });
});
