import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { dumpHash, jsonLines, MAIN, runCli, tempDir } from "../support.ts";
import { committedRows, EVERYTHING, eventsOf, mostInWindow, note, rowsReach } from "./support.ts";

/*
 * What befalls a run as a whole: all its processes killed or told to stop at once, a machine that sleeps, a clock that
 * is set. Processes are in a group of their own, as a shell makes one.
 */
const folder = tempDir();
const RATE = 60;
const BURST = 6;
let sandbox: Sandbox;
let wanted: { readonly hash: string; readonly rows: number };

const words = (library: string, more: readonly string[] = []) => {
  const where = ["--base-url", sandbox.url, "--source", "service", "--library", library, "--quiet"];
  const size = ["--versions", "all", "--max-workers", "2", "--max-concurrent-requests", "4"];
  return ["ingest", ...where, ...size, "--pace-file", `${library}.pace`, ...more, "--titles", ...EVERYTHING];
};

beforeAll(async () => {
  sandbox = await startSandbox({
    library: generateLibrary({ seed: "ends", books: 40, scale: 0.1 }),
    latencyMs: 30,
    logRequests: true,
  });
  const library = folder.file("undisturbed.sqlite");
  expect(await runCli(words(library, ["--rate", "0"]))).toMatchObject({ code: 0, stderr: "" });
  wanted = { hash: await dumpHash(library), rows: committedRows(library) };
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

/** The program and its workers as a process group. */
function startGroup(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, MAIN, ...command], {
    env: { ...process.env, ...env },
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return {
    child,
    signal: (name: NodeJS.Signals) => process.kill(-child.pid, name),
    ended: async () => {
      const [stdout, stderr, code] = await said;
      return { stdout, stderr, code };
    },
  };
}

async function expectCompletes(library: string): Promise<void> {
  expect(await runCli(words(library, ["--rate", "0"]))).toMatchObject({ code: 0, stderr: "" });
  expect(await dumpHash(library)).toBe(wanted.hash);
}

const SHARES = [0.1, 0.5, 0.9];

test.each(SHARES)("kill -9 of coordinator, writer and workers together, at %d of the rows", async (share) => {
  const library = folder.file(`all-${share}.sqlite`);
  const group = startGroup(words(library, ["--rate", "0"]));
  await rowsReach(library, wanted.rows * share, group.child, () => group.signal("SIGKILL"));
  await group.ended();
  expect(group.child.signalCode).toBe("SIGKILL");
  await expectCompletes(library);
});

describe.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", (name) => {
  test.each(["the coordinator", "the whole group"])("to %s: what is in flight is kept, exit code 130", async (to) => {
    const library = folder.file(`${name}-${to.replaceAll(" ", "-")}.sqlite`);
    const group = startGroup(words(library, ["--rate", "0"]));
    await rowsReach(library, wanted.rows * 0.3, group.child);
    const before = committedRows(library);
    if (to === "the coordinator") group.child.kill(name);
    else group.signal(name);
    const { stdout, code } = await group.ended();
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted");
    expect(committedRows(library)).toBeGreaterThanOrEqual(before);
    await expectCompletes(library);
  });
});

/** When requests for texts and outlines arrived, ms. */
const arrivals = () =>
  sandbox
    .requests()
    .map(({ atMs }) => atMs)
    .toSorted((a, b) => a - b);

const paced = ["--rate", String(RATE), "--burst", String(BURST)];
/** What a busy machine may bring together; a pace that is lost brings hundreds. */
const SLACK = 1.5;

test("a machine that sleeps for some seconds: the run goes on, nothing has failed, and the pace is kept", async () => {
  const library = folder.file("asleep.sqlite");
  sandbox.resetStats();
  // Shorter than the sleep: what was on its way is sent again.
  const more = [...paced, "--timeout", "3", "--initial-backoff", "0.1", "--log-file", `${library}.log`];
  const group = startGroup(words(library, more));
  await rowsReach(library, wanted.rows * 0.2, group.child);
  group.signal("SIGSTOP");
  const asleep = arrivals().length;
  await Bun.sleep(6_000);
  expect(arrivals().length - asleep).toBeLessThanOrEqual(8);
  group.signal("SIGCONT");
  const { stderr, code } = await group.ended();
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const failures = eventsOf(`${library}.log`).filter(({ type }) => type === "unit-failed" || type === "worker-lost");
  expect(failures).toEqual([]);
  expect(await dumpHash(library)).toBe(wanted.hash);
  const most = mostInWindow(arrivals(), 1_000);
  note(`asleep for 6 s: at most ${most} requests in a second, ${RATE + BURST} allowed`);
  expect(most).toBeLessThanOrEqual((RATE + BURST) * SLACK);
});

describe.each([3_600_000, -3_600_000])("a wall clock that is set by %d ms during a run", (byMs) => {
  const env = (at: string) => ({
    BUN_OPTIONS: `--preload=${join(import.meta.dir, "..", "set-clock.ts")}`,
    SET_CLOCK: JSON.stringify({ file: at, byMs }),
  });

  test("the run is whole, at its pace, and the next one asks for nothing", async () => {
    const library = folder.file(`clock${byMs}.sqlite`);
    const at = folder.file(`clock${byMs}`);
    sandbox.resetStats();
    const group = startGroup(words(library, [...paced, "--log-file", `${library}.log`]), env(at));
    await rowsReach(library, wanted.rows * 0.2, group.child);
    writeFileSync(at, "now");
    const { stderr, code } = await group.ended();
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(await dumpHash(library)).toBe(wanted.hash);
    // The clock was really set, in the coordinator.
    const times = eventsOf(`${library}.log`).map(({ at: said }) => Date.parse(String(said)));
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(steps.some((step) => Math.abs(step - byMs) < 60_000)).toBe(true);
    const most = mostInWindow(arrivals(), 1_000);
    note(`set by ${byMs} ms: at most ${most} requests in a second, ${RATE + BURST} allowed`);
    expect(most).toBeLessThanOrEqual((RATE + BURST) * SLACK);
    sandbox.resetStats();
    await expectCompletes(library);
    expect(sandbox.stats().total).toBe(0);
  });

  test("a pause that the host has asked for lasts as long as it asked", async () => {
    const library = folder.file(`pause${byMs}.sqlite`);
    const at = folder.file(`pause${byMs}`);
    sandbox.resetStats();
    sandbox.setFaults([{ kind: "throttle", endpoint: "texts", times: 1, retryAfter: 4 }]);
    const group = startGroup(words(library, [...paced, "--log-file", `${library}.log`]), env(at));
    while (!hasRefused(`${library}.log`) && group.child.exitCode === null) await Bun.sleep(10);
    const refusedAt = arrivals().at(-1) ?? 0;
    writeFileSync(at, "now");
    const { stderr, code } = await group.ended();
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const next = arrivals().find((ms) => ms > refusedAt + 500);
    // Arrivals are the sandbox's time, which nobody set; a busy machine makes it longer, never shorter.
    expect((next ?? 0) - refusedAt).toBeGreaterThanOrEqual(3_000);
    expect(await dumpHash(library)).toBe(wanted.hash);
  });
});

function hasRefused(log: string): boolean {
  try {
    return jsonLines(`${readFileSync(log, "utf8").split("\n").slice(0, -1).join("\n")}\n`).some(
      ({ type }) => type === "host-refused",
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
