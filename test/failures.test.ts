import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { jsonLines, runCli, tempDir, verified } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(120_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const [ERROR, WRONG, DOWN] = ["Scroll of Lamps", "Mishnah Neharot", "Poem of the Scribe"] as const;
const GOOD = "Sayings of the Well";
const inPath = (title: string) => title.replaceAll(" ", "_");

interface Failure {
  readonly title: string;
  readonly place: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly causes: readonly string[];
  readonly url: string | null;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

const faults: readonly FaultRule[] = [
  { kind: "error", endpoint: "texts", match: inPath(ERROR) },
  { kind: "wrong-ref", endpoint: "texts", match: inPath(WRONG) },
  { kind: "status", endpoint: "texts", match: inPath(DOWN) },
];

async function place() {
  const sandbox = await startSandbox({ library: demoLibrary(), logRequests: true });
  const library = folder.file(`${Math.random()}.sqlite`);
  const where = ["--base-url", sandbox.url, "--library", library, "--pace-file", `${library}.pace`];
  const how = ["--rate", "0", "--max-workers", "1", "--initial-backoff", "0.01", "--max-retries", "1"];
  return {
    sandbox,
    library,
    run: (verb: string, ...more: readonly string[]) => runCli([verb, ...where, ...how, ...more]),
    status: (...more: readonly string[]) => runCli(["status", "--library", library, ...more]),
    async failures(): Promise<Map<string, Failure>> {
      const { stdout } = await runCli(["status", "--library", library, "--failures", "--json"]);
      return new Map(jsonLines<Failure>(stdout).map((row) => [row.title, row]));
    },
    async [Symbol.asyncDispose]() {
      await sandbox.stop();
    },
  };
}

const texts = (sandbox: Sandbox, title: string) =>
  sandbox.requests().filter(({ endpoint, path }) => endpoint === "texts" && path.includes(inPath(title))).length;

test("a failure is told once, kept, tried again by cause, and over when it is healed", async () => {
  await using at = await place();
  const { sandbox } = at;
  sandbox.setFaults(faults);
  const errorLog = folder.file("errors.jsonl");
  const titles = ["--versions", "all", "--titles", ERROR, WRONG, DOWN, GOOD];
  const first = await at.run("ingest", ...titles, "--error-log-file", errorLog);
  expect(first.code).toBe(1);

  // What was told: the sums with a way out, no place twice in a line, nothing completed that failed.
  for (const code of ["error-in-200", "wrong-ref", "server-error"]) expect(first.stdout).toContain(`1 × ${code}: `);
  expect(first.stdout).toContain("sofer retry --cause CODE");
  const lines = `${first.stdout}\n${first.stderr}`.split("\n");
  for (const title of [ERROR, WRONG, DOWN]) {
    expect(lines.filter((line) => line.startsWith(`${title}: failed: `))).toHaveLength(1);
    const twice = lines.filter((line) => line.startsWith(title) && line.slice(title.length).includes(`${title}:`));
    expect(twice).toEqual([]);
    expect(lines).toContain(`${title}: not whole`);
    expect(lines).not.toContain(`${title}: completed`);
  }
  expect(lines).toContain(`${GOOD}: completed`);

  // What is kept, and the same in the error log.
  const kept = await at.failures();
  expect(Object.fromEntries([...kept].map(([title, { code }]) => [title, code]))).toEqual({
    [WRONG]: "wrong-ref",
    [DOWN]: "server-error",
    [ERROR]: "error-in-200",
  });
  const logged = jsonLines<Failure & { type: string; error: Failure }>(await Bun.file(errorLog).text());
  const told = new Map(logged.filter(({ type }) => type === "unit-failed").map((row) => [row.title, row]));
  for (const [title, row] of kept) {
    expect(row.attempts).toBe(1);
    expect(row.firstAt).toBe(row.lastAt);
    expect(row.hint.length).toBeGreaterThan(15);
    const { place: where, attempts, firstAt, error } = told.get(title) ?? {};
    expect({ where, attempts, firstAt }).toEqual({ where: row.place, attempts: 1, firstAt: row.firstAt });
    const { code, message, hint, causes, url } = row;
    expect(error).toMatchObject({ code, message, hint, causes, url });
  }
  expect(kept.get(DOWN)?.message).toContain("2 requests");
  expect(kept.get(DOWN)?.causes).toEqual(["HTTP 500"]);
  const shown = await at.status("--failures");
  expect(shown.code).toBe(1);
  for (const part of ["3 failures, by cause:", "because HTTP 500", "what to do: ", "failed once, "]) {
    expect(shown.stdout).toContain(part);
  }
  const some = await at.status("--failures", "--cause", "wrong-ref");
  expect(some.stdout).toContain(WRONG);
  expect(some.stdout).not.toContain(ERROR);

  // By cause: one is healed, the others are not asked for.
  sandbox.setFaults(faults.slice(0, 1));
  sandbox.resetStats();
  const byCause = await at.run("retry", "--cause", "wrong-ref");
  expect(byCause.code).toBe(0);
  expect([ERROR, WRONG, DOWN, GOOD].map((title) => texts(sandbox, title))).toEqual([0, 1, 0, 0]);
  // A cause that there is not, with the nearest.
  const strange = await at.run("retry", "--cause", "server-eror");
  expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining("server-error")]);

  // All: one fails again (its first time stays), one is healed.
  const all = await at.run("retry");
  expect(all.code).toBe(1);
  const left = await at.failures();
  expect([...left.keys()]).toEqual([ERROR]);
  const [before, after] = [kept.get(ERROR), left.get(ERROR)];
  expect(after).toMatchObject({ attempts: 2, firstAt: before?.firstAt });
  expect(after?.lastAt).toBeGreaterThan(before?.lastAt ?? Number.POSITIVE_INFINITY);
  expect((await at.status("--failures")).stdout).toContain("failed in 2 runs, first ");

  sandbox.setFaults([]);
  expect((await at.run("retry", "--titles", ERROR)).code).toBe(0);
  expect((await at.failures()).size).toBe(0);
  expect((await at.status()).code).toBe(0);
  expect((await verified(at.library)).isWhole).toBe(true);
  expect((await at.run("retry")).stderr).toContain("nothing to retry");
});
