import { join } from "node:path";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { allVersions, difference } from "../expected.ts";
import { heldSegments, MAIN, runCli, tempDir, verified } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const BOOKS = demoLibrary().books.filter((book) => book.categories[0] === "Midrash");
const folder = tempDir();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const words = (library: string) => {
  const where = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--versions", "all", "--quiet"];
  const own = ["--library", library, "--pace-file", folder.file("pace.sqlite"), "--max-workers", "2"];
  return ["ingest", ...where, ...own, "--titles", ...BOOKS.map((book) => book.title)];
};

/** The program with one of its threads lost in one of these ways, at one of its messages. */
async function losing(thread: string, how: string, after: number, library: string) {
  const preload = join(import.meta.dir, "..", "lose-thread.ts");
  const child = Bun.spawn([process.execPath, "--preload", preload, MAIN, ...words(library)], {
    env: { ...process.env, LOSE_THREAD: `${thread}:${how}:${after}` },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return { code, stderr };
}

// The writer's 3rd message opens the run, later ones bring rows, some 25 in all, as the chunker's do from the first; an end without an exit code of its own must not look like success.
test.each([
  ["writer", "ends by an error", "throw", 15],
  ["writer", "ends by a rejection", "reject", 15],
  ["writer", "leaves with exit code 0", "exit", 15],
  ["writer", "is ended from outside", "terminate", 5],
  ["writer", "ends before the run has begun", "throw", 2],
  ["chunker", "ends by an error", "throw", 12],
  ["chunker", "ends by a rejection", "reject", 12],
  ["chunker", "leaves with exit code 0", "exit", 12],
  ["chunker", "is ended from outside", "terminate", 12],
])("a %s thread that %s ends the run in one line, and the next run completes it", async (thread, _name, how, after) => {
  const library = folder.file(`${thread}-${how}-${after}.sqlite`);
  const lost = await losing(thread, how, after, library);
  expect(lost.stderr).toContain("sofer: the writer stopped: ");
  expect(lost.stderr).toContain("run the same command again");
  expect(lost.code).toBe(1);
  expect(await runCli(words(library))).toMatchObject({ code: 0, stderr: "" });
  expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
  expect((await verified(library)).isWhole).toBe(true);
});
