import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { allVersions, difference, type ExpectedSegment } from "./expected.ts";
import { dumpHash, jsonLines, runCli, spawnCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const TITLES = ["Scroll of Lamps", "Sayings of the Well", "Poem of the Scribe"];
const BAD = "Scroll of Lamps";
const GOOD = TITLES.filter((title) => title !== BAD);
const books = (titles: readonly string[]) => demoLibrary().books.filter((book) => titles.includes(book.title));

interface Outcome {
  readonly type: string;
  readonly outcome?: string;
  readonly failures?: readonly { readonly title: string; readonly code: string }[];
}

async function withFaults(faults: readonly FaultRule[], latencyMs = 0): Promise<Sandbox & AsyncDisposable> {
  const sandbox = await startSandbox({ library: demoLibrary(), faults, latencyMs, logRequests: true });
  return { ...sandbox, [Symbol.asyncDispose]: () => sandbox.stop() };
}

function words(sandbox: Sandbox, library: string, titles: readonly string[]): string[] {
  const where = ["--base-url", sandbox.url, "--library", library, "--pace-file", `${library}.pace`];
  const how = ["--rate", "0", "--initial-backoff", "0.01", "--json"];
  return ["ingest", ...where, ...how, "--versions", "all", "--titles", ...titles];
}

async function ingest(sandbox: Sandbox, library: string, titles: readonly string[], ...more: string[]) {
  const ended = await runCli([...words(sandbox, library, titles), "--max-workers", "1", ...more]);
  const events = jsonLines<Outcome>(ended.stdout);
  return { ...ended, events, types: events.map(({ type }) => type), receipt: events.at(-1) };
}

async function expectHeld(library: string, titles: readonly string[]): Promise<void> {
  const { stdout, code } = await runCli(["dump", "segments", "--library", library]);
  expect(code).toBe(0);
  const dumped = jsonLines<ExpectedSegment>(stdout);
  expect(difference(allVersions(books(titles)), dumped)).toEqual({ missing: [], surplus: [] });
}

const textsOf = (sandbox: Sandbox, title: string) =>
  sandbox.requests().filter(({ endpoint, path }) => endpoint === "texts" && path.includes(title.replaceAll(" ", "_")));

describe("faults that pass", () => {
  test("429 with Retry-After: nobody asks again before, and the run is whole", async () => {
    const rule: FaultRule = {
      kind: "throttle",
      endpoint: "texts",
      match: "Scroll_of_Lamps",
      retryAfter: 1,
      times: 1,
    };
    await using sandbox = await withFaults([rule]);
    const library = folder.file("throttled.sqlite");
    const { code, types } = await ingest(sandbox, library, TITLES);
    expect(code).toBe(0);
    expect(types).toContain("host-refused");
    const [refused, again, ...rest] = textsOf(sandbox, BAD);
    expect(rest).toEqual([]);
    expect((again?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    await expectHeld(library, TITLES);
  });

  test.each([
    ["a body that breaks off", "cut"],
    ["HTTP 500", "status"],
    ["an HTML page with HTTP 200", "html"],
  ] as const)("%s is asked for again", async (_case, kind) => {
    await using sandbox = await withFaults([{ kind, endpoint: "texts", match: "Scroll_of_Lamps", times: 2 }]);
    const library = folder.file(`${kind}.sqlite`);
    const { code } = await ingest(sandbox, library, TITLES);
    expect(code).toBe(0);
    expect(textsOf(sandbox, BAD)).toHaveLength(3);
    for (const title of GOOD) expect(textsOf(sandbox, title)).toHaveLength(1);
    await expectHeld(library, TITLES);
  });

  test("an answer that never comes is given up after --timeout and asked for again", async () => {
    await using sandbox = await withFaults([
      { kind: "slow", endpoint: "index", match: "Scroll_of_Lamps", times: 1, delayMs: 20_000 },
    ]);
    const library = folder.file("slow.sqlite");
    const { code } = await ingest(sandbox, library, [BAD], "--timeout", "2");
    expect(code).toBe(0);
    expect(sandbox.stats().requests.index).toBe(2);
    await expectHeld(library, [BAD]);
  });
});

describe("faults of one book", () => {
  test.each([
    ["an error inside HTTP 200", "error", "error-in-200"],
    ["an answer for another place", "wrong-ref", "wrong-ref"],
  ] as const)("%s: exit 1, the book named, the others whole; retry mends it", async (_case, kind, failure) => {
    await using sandbox = await withFaults([{ kind, endpoint: "texts", match: "Scroll_of_Lamps", times: 1 }]);
    const library = folder.file(`${kind}.sqlite`);
    const { code, receipt } = await ingest(sandbox, library, TITLES);
    expect(code).toBe(1);
    expect(receipt).toMatchObject({ outcome: "failures", failures: [{ title: BAD, code: failure }] });
    await expectHeld(library, GOOD);
    const verify = await runCli(["verify", "--library", library]);
    expect([verify.code, verify.stdout.includes(BAD)]).toEqual([1, true]);

    sandbox.resetStats();
    const retry = await runCli(["retry", "--library", library, "--pace-file", `${library}.pace`, "--json"]);
    expect(retry.code).toBe(0);
    expect(sandbox.stats().requests.texts).toBe(1);
    expect(textsOf(sandbox, BAD)).toHaveLength(1);
    await expectHeld(library, TITLES);
    expect((await runCli(["verify", "--library", library])).code).toBe(0);
  });

  test("a book whose outline fails is named; the others are whole", async () => {
    await using sandbox = await withFaults([{ kind: "error", endpoint: "index", match: "Scroll_of_Lamps" }]);
    const library = folder.file("outline.sqlite");
    const { code, receipt } = await ingest(sandbox, library, TITLES);
    expect(code).toBe(1);
    expect(receipt).toMatchObject({ outcome: "failures", failures: [{ title: BAD, code: "error-in-200" }] });
    await expectHeld(library, GOOD);
  });
});

describe("answers that are too large", () => {
  /** Simple, and complex with a leaf that is too large. */
  const large = ["Scroll of Lamps", "Answers of Eliav"];

  test("are asked for by versions, then by ranges; the library is the same, and the parts are remembered", async () => {
    await using sandbox = await withFaults([]);
    const whole = folder.file("whole.sqlite");
    const parted = folder.file("parted.sqlite");
    expect((await ingest(sandbox, whole, large)).code).toBe(0);
    const wholePaths = large.flatMap((title) => textsOf(sandbox, title).map(({ path }) => path));

    sandbox.resetStats();
    const first = await ingest(sandbox, parted, large, "--max-response-mb", "0.02");
    expect(first.code).toBe(0);
    const split = first.events.filter(({ type }) => type === "unit-split");
    expect(split.length).toBeGreaterThan(1);
    const paths = textsOf(sandbox, "Scroll of Lamps").map(({ path }) => decodeURIComponent(path));
    expect(paths.some((path) => /Scroll_of_Lamps\?/.test(path) && path.includes("|Pointed Text"))).toBe(true);
    expect(paths.some((path) => /Scroll_of_Lamps\.[\d.]+-[\d.]+\?/.test(path))).toBe(true);
    await expectHeld(parted, large);
    expect(await dumpHash(parted, ["chunks"])).toBe(await dumpHash(whole, ["chunks"]));
    expect((await runCli(["verify", "--library", parted])).code).toBe(0);

    sandbox.resetStats();
    const asked = wholePaths.find((path) => path.includes("Scroll_of_Lamps"));
    const second = await ingest(sandbox, parted, large, "--max-response-mb", "0.02", "--no-resume");
    expect(second.code).toBe(0);
    const again = sandbox.requests().filter(({ endpoint }) => endpoint === "texts");
    expect(again.length).toBeGreaterThan(large.length);
    expect(again.map(({ path }) => path)).not.toContain(asked);
    expect(again.length).toBeLessThan(
      first.events.filter(({ type }) => type === "unit-done").length + split.length + 1,
    );
    expect(await dumpHash(parted, ["chunks"])).toBe(await dumpHash(whole, ["chunks"]));
  });

  test("an answer that cannot be parted further is a named failure, not an endless loop", async () => {
    await using sandbox = await withFaults([]);
    const library = folder.file("too-small.sqlite");
    const { code, receipt } = await ingest(sandbox, library, ["Long Ruling"], "--max-response-mb", "0.02");
    expect(code).toBe(1);
    expect(receipt?.failures?.every(({ title }) => title === "Long Ruling")).toBe(true);
    expect(receipt?.failures?.length).toBeGreaterThan(0);
  });
});

test("kill -9 of a worker: another takes its work, the run is whole and the library the same", async () => {
  const titles = demoLibrary()
    .books.filter((book) => book.categories[0] === "Midrash" || book.categories[0] === "Chasidut")
    .map((book) => book.title);
  await using sandbox = await withFaults([], 150);
  const undisturbed = folder.file("undisturbed.sqlite");
  const disturbed = folder.file("disturbed.sqlite");
  expect((await ingest(sandbox, undisturbed, titles)).code).toBe(0);

  const few = ["--max-workers", "2", "--max-concurrent-requests", "1"];
  const run = spawnCli([...words(sandbox, disturbed, titles), ...few]);
  let killed = 0;
  let out = "";
  const decoder = new TextDecoder();
  for await (const part of run.stdout) {
    out += decoder.decode(part, { stream: true });
    const end = out.lastIndexOf("\n") + 1;
    const seen = jsonLines<{ type: string; pid?: number }>(out.slice(0, end));
    const victim = seen.find(({ type }) => type === "worker-started")?.pid;
    if (killed === 0 && victim !== undefined && seen.some(({ type }) => type === "unit-done")) {
      killed = victim;
      process.kill(victim, "SIGKILL");
    }
  }
  expect(await run.exited).toBe(0);
  const events = jsonLines<Outcome & { pid?: number }>(out);
  expect(events.filter(({ type }) => type === "worker-lost").map(({ pid }) => pid)).toEqual([killed]);
  expect(events.at(-1)).toMatchObject({ type: "receipt", outcome: "whole", failures: [] });
  expect(await dumpHash(disturbed, ["chunks"])).toBe(await dumpHash(undisturbed, ["chunks"]));
  await expectHeld(disturbed, titles);
});
