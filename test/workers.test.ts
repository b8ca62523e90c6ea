import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox } from "@sofer/sandbox";
import { allVersions, difference } from "./expected.ts";
import { heldSegments, jsonLines, runCli, tempDir, verified } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const folder = tempDir();
afterAll(() => folder.dispose());

/** Enough of them that a worker which brings two more before it leaves, as on a busy machine, is not the only one. */
const CATEGORIES = ["Midrash", "Mishnah", "Chasidut"];
const BOOKS = demoLibrary().books.filter((book) => CATEGORIES.includes(book.categories[0] ?? ""));

interface Logged {
  readonly type: string;
  readonly bytes?: number;
  readonly pid?: number;
}

describe.each(["service", "bucket"])("by the %s", (source) => {
  test("workers that have grown too large are replaced, and the library is whole", async () => {
    const sandbox = await startSandbox({ library: demoLibrary() });
    await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
    const library = folder.file(`${source}.sqlite`);
    const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--source", source, "--rate", "0"];
    const own = ["--library", library, "--pace-file", `${library}.pace`, "--log-file", `${library}.log`];
    // Every worker is larger than that: each leaves after what it has in hand.
    const small = ["--max-workers", "1", "--max-concurrent-requests", "2", "--worker-memory-mb", "1"];
    const titles = ["--titles", ...BOOKS.map((book) => book.title)];
    const { code, stderr } = await runCli([
      "ingest",
      ...where,
      ...own,
      ...small,
      "--versions",
      "all",
      "--quiet",
      ...titles,
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const events = jsonLines<Logged>(await Bun.file(`${library}.log`).text());
    const replaced = events.filter(({ type }) => type === "worker-replaced");
    expect(replaced.length).toBeGreaterThan(1);
    for (const { bytes } of replaced) expect(bytes).toBeGreaterThan(1024 * 1024);
    expect(new Set(replaced.map(({ pid }) => pid)).size).toBe(replaced.length);
    expect(events.filter(({ type }) => type === "worker-lost")).toEqual([]);
    expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
    expect((await verified(library)).isWhole).toBe(true);
  });
});
