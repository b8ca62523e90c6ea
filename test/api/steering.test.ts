import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { startSandbox, type Sandbox } from "@sofer/sandbox";
import { openStatus } from "@sofer/store";
import { tempDir } from "../support.ts";
import { demo, liveOf, startSteered, until } from "./steered-run.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(120_000);
const folder = tempDir();
afterAll(() => folder.dispose());

/** So many that the run does not end while it is steered. */
const ALL = demo.books.filter(({ isVirtual }) => !isVirtual);

/** Requests of the sandbox's fullest second in a stretch of time. */
function fullestSecond(sandbox: Sandbox, fromMs: number, toMs: number): number {
  const times = sandbox
    .requests()
    .map(({ atMs }) => atMs)
    .filter((atMs) => atMs >= fromMs && atMs < toMs);
  return Math.max(0, ...times.map((start) => times.filter((atMs) => atMs >= start && atMs < start + 1_000).length));
}

const now = () => performance.timeOrigin + performance.now();

test("the pace is changed and the host's counters follow; paused, nothing is sent; workers come and go; stop ends with 130", async () => {
  const sandbox = await startSandbox({ library: demo, logRequests: true });
  await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const library = folder.file("steered.sqlite");
  const began = now();
  const run = await startSteered(sandbox, library, ["--rate", "3", "--burst", "1", "--max-workers", "2"], ALL);
  const { control } = run.client.api;

  await until(() => sandbox.stats().total >= 4);
  const told = now();
  const faster = await control.rate.post({ ratePerSecond: 12 });
  expect(faster.data).toMatchObject({ action: "rate", control: { ratePerSecond: 12 } });
  await until(async () => (await run.client.api.hosts.get()).data?.items[0]?.allowedPerSecond === 12);
  await until(() => fullestSecond(sandbox, told, now()) > 6);
  expect(fullestSecond(sandbox, began, told)).toBeLessThanOrEqual(4);

  const paused = await control.pause.post();
  expect(paused.data?.control.pausedAt).not.toBeNull();
  // A permit that was on its way is used within 50 ms or not at all; what it sent may be late on a busy machine.
  const held = await until(async () => {
    const { total } = sandbox.stats();
    await Bun.sleep(300);
    const { total: after, inFlight } = sandbox.stats();
    return inFlight === 0 && after === total && total;
  });
  expect(await liveOf(run)).toMatchObject({ isPaused: true, inWords: expect.stringContaining("paused") });
  await until(async () => ((await run.client.api.hosts.get()).data?.items[0]?.waiting ?? 0) > 0);
  expect((await run.client.api.hosts.get()).data?.items[0]).toMatchObject({ state: "paused" });
  await Bun.sleep(500);
  expect(sandbox.stats().total).toBe(held);
  expect((await control.pause.post()).data?.said).toBe("it is paused already");

  await control.workers.post({ maxWorkers: 4 });
  await control.rate.post({ ratePerSecond: 3 });
  expect((await control.resume.post()).data?.control.pausedAt).toBeNull();
  await until(() => sandbox.stats().total > held + 1);
  await until(async () => ((await run.client.api.workers.get()).data?.items.length ?? 0) > 2);
  await control.workers.post({ maxWorkers: 1 });
  await until(
    async () =>
      (await run.client.api.workers.get()).data?.items.filter(({ state }) => state !== "leaving").length === 1,
  );
  await until(async () => (await run.client.api.workers.get()).data?.items.length === 1);
  const [worker] = (await run.client.api.workers.get()).data?.items ?? [];
  if (process.platform === "linux") expect(worker?.memoryBytes).toBeGreaterThan(1024 * 1024);
  expect((await run.client.api.runs.get({ query: { limit: 1 } })).data?.items[0]).toMatchObject({ isLive: true });

  expect((await control.stop.post()).data?.action).toBe("stop");
  expect(await run.child.exited).toBe(130);
  expect(run.said()).toContain("pace: 12 requests/s");
  const status = openStatus(library);
  const kept = status.events({ limit: 500 }).map(({ event }) => event.type);
  const recorded = status.control();
  status.close();
  for (const type of ["pace-set", "run-paused", "run-resumed", "workers-set", "stopping", "run-ended"]) {
    expect(kept).toContain(type as (typeof kept)[number]);
  }
  // A run that was stopped has not come to its end: what it was told still holds.
  expect(recorded).toEqual({ pausedAt: null, ratePerSecond: 3, maxWorkers: 1 });
});
