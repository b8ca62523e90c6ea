import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { allVersions, difference } from "./expected.ts";
import { heldRows, heldSegments, jsonLines, runCli, spawnCli, tempDir, verified } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const folder = tempDir();
afterAll(() => folder.dispose());

/** Small books: three that are disturbed, and one that is not. */
const BAD = ["Scroll of Lamps", "Mishnah Neharot", "Poem of the Scribe"] as const;
const GOOD = "Sayings of the Well";
/** Simple, and complex with a leaf that is too large. */
const LARGE = ["Scroll of Lamps", "Answers of Eliav"];
const MANY = demoLibrary()
  .books.filter((book) => book.categories[0] === "Midrash" || book.categories[0] === "Chasidut")
  .map((book) => book.title);

const books = (titles: readonly string[]) => demoLibrary().books.filter((book) => titles.includes(book.title));
const inPath = (title: string) => title.replaceAll(" ", "_");

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

function expectHeld(library: string, titles: readonly string[]): void {
  const expected = allVersions(books(titles));
  expect(expected.length).toBeGreaterThan(0);
  expect(difference(expected, heldSegments(library))).toEqual({ missing: [], surplus: [] });
}

const textsOf = (sandbox: Sandbox, title: string) =>
  sandbox.requests().filter(({ endpoint, path }) => endpoint === "texts" && path.includes(inPath(title)));

/** A library that nothing disturbed, for comparing with, and what it took. */
const undisturbed = folder.file("undisturbed.sqlite");
let wholePaths: readonly string[] = [];
beforeAll(async () => {
  await using sandbox = await withFaults([]);
  expect((await ingest(sandbox, undisturbed, [...LARGE, ...MANY])).code).toBe(0);
  wholePaths = LARGE.flatMap((title) => textsOf(sandbox, title).map(({ path }) => path));
}, 90_000);

describe("faults that pass", () => {
  test("429 with Retry-After: nobody asks again before; an answer that never comes is given up after --timeout", async () => {
    const [throttled, slow] = BAD;
    await using sandbox = await withFaults([
      { kind: "throttle", endpoint: "texts", match: inPath(throttled), retryAfter: 1, times: 1 },
      { kind: "slow", endpoint: "index", match: inPath(slow), times: 1, delayMs: 60_000 },
    ]);
    const library = folder.file("late.sqlite");
    const { code, types } = await ingest(sandbox, library, [throttled, slow], "--timeout", "3");
    expect(code).toBe(0);
    expect(types).toContain("host-refused");
    const [refused, again, ...rest] = textsOf(sandbox, throttled);
    expect(rest).toEqual([]);
    expect((again?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    // One for each book, and one more for the answer that did not come.
    expect(sandbox.stats().requests.index).toBe(3);
    expectHeld(library, [throttled, slow]);
  });

  test("a body that breaks off, HTTP 500, an HTML page with HTTP 200: each is asked for again", async () => {
    const kinds = ["cut", "status", "html"] as const;
    await using sandbox = await withFaults(
      kinds.map((kind, at) => ({ kind, endpoint: "texts", match: inPath(BAD[at] ?? ""), times: 2 })),
    );
    const library = folder.file("again.sqlite");
    const { code } = await ingest(sandbox, library, [...BAD, GOOD]);
    expect(code).toBe(0);
    const asked = [...BAD, GOOD].map((title) => textsOf(sandbox, title).length);
    expect(asked).toEqual([3, 3, 3, 1]);
    expectHeld(library, [...BAD, GOOD]);
  });
});

describe("faults of some books", () => {
  test("exit 1, each book named with its cause, the others whole; retry asks for those alone and mends them", async () => {
    const [error, wrongRef, outline] = BAD;
    await using sandbox = await withFaults([
      { kind: "error", endpoint: "texts", match: inPath(error), times: 1 },
      { kind: "wrong-ref", endpoint: "texts", match: inPath(wrongRef), times: 1 },
      { kind: "error", endpoint: "index", match: inPath(outline), times: 1 },
    ]);
    const library = folder.file("failed.sqlite");
    const { code, receipt } = await ingest(sandbox, library, [...BAD, GOOD]);
    expect(code).toBe(1);
    expect(receipt?.outcome).toBe("failures");
    const failed = (receipt?.failures ?? []).map((failure) => [failure.title, failure.code]);
    expect(new Map(failed as [string, string][])).toEqual(
      new Map([
        [error, "error-in-200"],
        [wrongRef, "wrong-ref"],
        [outline, "error-in-200"],
      ]),
    );
    expect(failed).toHaveLength(3);
    expectHeld(library, [GOOD]);
    const verify = await runCli(["verify", "--library", library]);
    expect(verify.code).toBe(1);
    for (const title of [error, wrongRef]) expect(verify.stdout).toContain(title);
    expect(verify.stdout).not.toContain(GOOD);

    sandbox.resetStats();
    const retry = await runCli(["retry", "--library", library, "--pace-file", `${library}.pace`, "--json"]);
    expect(retry.code).toBe(0);
    expect([...BAD, GOOD].map((title) => textsOf(sandbox, title).length)).toEqual([1, 1, 1, 0]);
    expect(sandbox.stats().requests.texts).toBe(3);
    expectHeld(library, [...BAD, GOOD]);
    expect((await verified(library)).isWhole).toBe(true);
  });
});

describe("answers that are too large", () => {
  test("are asked for by versions, then by ranges; the library is the same, and the parts are remembered", async () => {
    await using sandbox = await withFaults([]);
    const parted = folder.file("parted.sqlite");
    const first = await ingest(sandbox, parted, LARGE, "--max-response-mb", "0.02");
    expect(first.code).toBe(0);
    const split = first.events.filter(({ type }) => type === "unit-split");
    expect(split.length).toBeGreaterThan(1);
    const paths = textsOf(sandbox, "Scroll of Lamps").map(({ path }) => decodeURIComponent(path));
    expect(paths.some((path) => /Scroll_of_Lamps\?/.test(path) && path.includes("|Pointed Text"))).toBe(true);
    expect(paths.some((path) => /Scroll_of_Lamps\.[\d.]+-[\d.]+\?/.test(path))).toBe(true);
    expectHeld(parted, LARGE);
    const whole = heldRows(undisturbed, LARGE);
    expect(heldRows(parted)).toBe(whole);
    expect((await verified(parted)).isWhole).toBe(true);

    sandbox.resetStats();
    const asked = wholePaths.find((path) => path.includes("Scroll_of_Lamps"));
    const second = await ingest(sandbox, parted, LARGE, "--max-response-mb", "0.02", "--no-resume");
    expect(second.code).toBe(0);
    const again = sandbox.requests().filter(({ endpoint }) => endpoint === "texts");
    expect(again.length).toBeGreaterThan(LARGE.length);
    expect(asked).toBeDefined();
    expect(again.map(({ path }) => path)).not.toContain(asked);
    expect(again.length).toBeLessThan(
      first.events.filter(({ type }) => type === "unit-done").length + split.length + 1,
    );
    expect(heldRows(parted)).toBe(whole);
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
  await using sandbox = await withFaults([], 150);
  const disturbed = folder.file("disturbed.sqlite");
  const few = ["--max-workers", "2", "--max-concurrent-requests", "1"];
  const run = spawnCli([...words(sandbox, disturbed, MANY), ...few]);
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
  expect(heldRows(disturbed)).toBe(heldRows(undisturbed, MANY));
  expectHeld(disturbed, MANY);
});
