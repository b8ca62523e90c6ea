import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { dangling, dumpHash, tempDir } from "../support.ts";
import { committedRows, EVERYTHING, eventsOf, ingest, note, rowsReach, startIngest } from "./support.ts";

const WORKERS = 3;
const EACH = 4;
const PERCENTS = Array.from({ length: 19 }, (_, at) => (at + 1) * 5);
const TUNING = ["--rate", "0", "--max-workers", String(WORKERS), "--max-concurrent-requests", String(EACH)];

let sandbox: Sandbox;
let wanted: { hash: string; rows: number; requests: number };
const folder = tempDir();

beforeAll(async () => {
  // Enough latency that requests are in flight at every moment, and kills find them there.
  sandbox = await startSandbox({ library: generateLibrary({ seed: "kill", books: 60, scale: 0.2 }), latencyMs: 40 });
  const library = folder.file("undisturbed.sqlite");
  const { code, stderr } = await ingest(folder, { url: sandbox.url, library, titles: EVERYTHING, more: TUNING });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  wanted = { hash: await dumpHash(library), rows: committedRows(library), requests: sandbox.stats().total };
  note(`undisturbed: ${wanted.rows} rows, ${wanted.requests} requests`);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

describe("kill -9 of the coordinator", () => {
  test.each(PERCENTS)("at %d hundredths of the rows: the next run ends at the same library", async (percent) => {
    using own = tempDir();
    const library = own.file("library.sqlite");
    const log = own.file("log");
    const parts = { url: sandbox.url, library, titles: EVERYTHING, more: [...TUNING, "--log-file", log] };
    sandbox.resetStats();
    const run = startIngest(own, parts);
    const rowsAtKill = await rowsReach(library, (wanted.rows * percent) / 100, run.child, () =>
      run.child.kill("SIGKILL"),
    );
    const killed = await run.ended();
    expect(run.child.signalCode).toBe("SIGKILL");
    expect(killed.stderr).toBe("");
    await allGone(workersOf(log));
    const kept = committedRows(library);
    expect(kept).toBeGreaterThanOrEqual(rowsAtKill);
    // What comes at once is committed together: late in a run that may be all that was left.
    expect(kept).toBeLessThanOrEqual(wanted.rows);

    const next = await ingest(own, parts);
    expect(next.stderr).toBe("");
    expect(next.code).toBe(0);
    const repeated = sandbox.stats().total - wanted.requests;
    note(`${percent} %: killed at ${rowsAtKill} rows, ${kept} kept; ${repeated} requests repeated`);
    expect(repeated).toBeGreaterThanOrEqual(0);
    expect(repeated).toBeLessThanOrEqual(WORKERS * EACH);
    await expectSame(library);
  });
});

test("kill -9 of a worker: the run goes on without it, and ends at the same library", async () => {
  using own = tempDir();
  const library = own.file("library.sqlite");
  const log = own.file("log");
  sandbox.resetStats();
  const run = startIngest(own, { url: sandbox.url, library, titles: EVERYTHING, more: [...TUNING, "--log-file", log] });
  let victim = 0;
  await rowsReach(library, wanted.rows * 0.3, run.child, () => {
    victim = workersOf(log)[0] ?? 0;
    expect(victim).toBeGreaterThan(0);
    process.kill(victim, "SIGKILL");
  });
  const { code, stderr } = await run.ended();
  expect(stderr).not.toContain("failed");
  expect(code).toBe(0);
  const lost = eventsOf(log).filter((event) => event["type"] === "worker-lost");
  expect(lost).toHaveLength(1);
  expect(lost[0]).toMatchObject({ pid: victim, why: "signal SIGKILL" });
  const repeated = sandbox.stats().total - wanted.requests;
  note(`a worker killed: ${String(lost[0]?.["units"])} units given to others, ${repeated} requests repeated`);
  expect(repeated).toBeLessThanOrEqual(EACH);
  await expectSame(library);
});

async function expectSame(library: string): Promise<void> {
  expect(committedRows(library)).toBe(wanted.rows);
  expect(duplicates(library)).toBe(0);
  expect(await dumpHash(library)).toBe(wanted.hash);
  expect(dangling(library)).toEqual([]);
}

/** Texts that stand twice under one ref of one version, by the documented view, which knows no keys of ours. */
function duplicates(library: string): number {
  const database = new Database(library, { readonly: true });
  try {
    const twice = "SELECT 1 FROM segments GROUP BY title, language, version_title, ref HAVING count(*) > 1";
    return database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM (${twice})`).get()?.rows ?? -1;
  } finally {
    database.close();
  }
}

function workersOf(log: string): number[] {
  return eventsOf(log)
    .filter((event) => event["type"] === "worker-started")
    .map((event) => Number(event["pid"]));
}

/** Workers end by themselves when their coordinator is gone; the test's own timeout is the limit. */
async function allGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0);
  while (pids.some(isAlive)) await Bun.sleep(10);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
