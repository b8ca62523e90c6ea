import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { openLibrary } from "@sofer/store";
import { allVersions, sortedLines } from "./expected.ts";
import { heldSegments, jsonLines, MAIN, runCli, startCliSandbox, tempDir, type CliEnd } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(60_000);
const BOOK = "Sayings of the Well";
const folder = tempDir();
const library = folder.file("library.sqlite");
let sandbox: Sandbox;
/** The run that made the library. */
let made: CliEnd;

const words = (to: string) => {
  const where = ["--base-url", sandbox.url, "--library", to, "--pace-file", folder.file("pace.sqlite")];
  return ["ingest", ...where, "--rate", "0", "--max-workers", "1", "--versions", "all", "--titles", BOOK];
};

beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
  made = await runCli([...words(library), "--json"]);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** The program with its stdout in a pipe whose reader takes one line and leaves. */
async function readOneLine(command: readonly string[]): Promise<{ line: string; said: string }> {
  const shell = `{ "$@"; echo "code $?" >&2; } | head -n 1`;
  const child = Bun.spawn(["sh", "-c", shell, "sh", process.execPath, MAIN, ...command], { stderr: "pipe" });
  const [line, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { line, said };
}

function heldChunks() {
  const opened = openLibrary(library);
  try {
    return [...opened.chunks()];
  } finally {
    opened.close();
  }
}

test("ingest --json: every line of stdout is one event, numbers add up to the receipt", () => {
  const { code, stdout, stderr } = made;
  expect([code, stderr]).toEqual([0, ""]);
  const events = lines(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.filter(({ type }) => typeof type !== "string")).toEqual([]);
  const types = events.map(({ type }) => String(type));
  expect(types[0]).toBe("run-started");
  expect(types.at(-2)).toBe("run-ended");
  expect(types.at(-1)).toBe("receipt");
  const stored = events
    .filter(({ type }) => type === "parcel-committed")
    .reduce((sum, { counts }) => sum + (counts as { stored: number }).stored, 0);
  const held = allVersions(demoLibrary().books.filter(({ title }) => title === BOOK));
  expect(stored).toBe(held.length);
  expect(events.at(-1)).toMatchObject({ outcome: "whole", texts: { stored: held.length } });
  // What the chunks themselves say, one by one; and every part of the road has taken some time.
  const receipt = events.at(-1) as { tokens: number; chunks: number; spent: object; paces: { host: string }[] };
  const chunks = heldChunks();
  expect([receipt.chunks, receipt.tokens]).toEqual([
    chunks.length,
    chunks.reduce((sum, { tokens }) => sum + tokens, 0),
  ]);
  const parts = ["paceMs", "networkMs", "parseMs", "chunkMs", "writeMs"];
  expect(Object.keys(receipt.spent).toSorted()).toEqual(parts.toSorted());
  for (const [part, ms] of Object.entries(receipt.spent))
    expect([part, ms > 0 || part === "paceMs"]).toEqual([part, true]);
  expect(receipt.paces.map(({ host }) => host)).toEqual([new URL(sandbox.url).host]);
  const order = ["run-started", "titles-resolved", "plan-made", "unit-done", "book-completed", "run-ended"];
  const places = order.map((type) => types.indexOf(type));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBe(0);
});

test.each([
  ["plan", ["--titles", BOOK]],
  ["status", []],
  ["verify", []],
  ["search", ["lamp"]],
  ["hash", []],
] as [string, string[]][])("%s --json: nothing but JSON lines", async (verb, more) => {
  const source = verb === "plan" ? ["--base-url", sandbox.url, "--pace-file", folder.file("pace.sqlite")] : [];
  const { code, stdout } = await runCli([verb, ...more, ...source, "--library", library, "--json"]);
  expect(code).toBe(0);
  expect(jsonLines(stdout).length).toBeGreaterThan(0);
});

// With messages on stderr: packages/cli/src/run.test.ts.
test("--quiet leaves the result alone, on stdout", async () => {
  const quiet = await runCli([...words(folder.file("quiet.sqlite")), "--quiet"]);
  expect(quiet.stdout).toStartWith("done and whole");
  expect(quiet).toMatchObject({ code: 0, stderr: "" });
});

test.each([
  ["dump segments", ["dump", "segments"]],
  ["dump chunks", ["dump", "chunks"]],
  ["search", ["search", "the", "--max-results", "100"]],
])("a reader that leaves %s after one line ends it quietly", async (_case, command) => {
  const { line, said } = await readOneLine([...command, "--library", library]);
  expect(lines(line)).toHaveLength(1);
  expect(said).toBe("code 0\n");
});

test("a reader that leaves a run after one event does not end the run: the library is whole", async () => {
  const abandoned = folder.file("abandoned.sqlite");
  const { line, said } = await readOneLine([...words(abandoned), "--json"]);
  expect(JSON.parse(line)).toMatchObject({ type: "run-started" });
  expect(said).toBe("code 0\n");
  const held = allVersions(demoLibrary().books.filter(({ title }) => title === BOOK));
  expect(sortedLines(heldSegments(abandoned))).toEqual(sortedLines(held));
});

test("the sandbox as its own program: says where it listens, counts, and ends when asked", async () => {
  const own = await startCliSandbox(["--seed", "7"]);
  try {
    const answer = await fetch(`${own.url}/api/index`);
    expect([answer.status, Array.isArray(await answer.json())]).toEqual([200, true]);
    expect((await own.stats()).requests.contents).toBe(1);
    expect((await own.requests()).map(({ path }) => path)).toEqual(["/api/index"]);
    await own.reset();
    expect((await own.stats()).total).toBe(0);
  } finally {
    await own.stop();
  }
  expect(await fetch(own.url).catch((error: unknown) => error instanceof Error)).toBe(true);
});
