import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { startSandbox } from "@sofer/sandbox";
import { openStatus } from "@sofer/store";
import { BOOKS, demo, liveOf, startSteered, TOKEN, until } from "../api/steered-run.ts";
import { allVersions, difference } from "../expected.ts";
import { heldSegments, runCli, tempDir } from "../support.ts";

setDefaultTimeout(120_000);
const folder = tempDir();
afterAll(() => folder.dispose());

test("a run that is killed while it is paused begins paused and at its pace, says so, and goes on when it is resumed", async () => {
  const sandbox = await startSandbox({ library: demo });
  await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const library = folder.file("killed.sqlite");
  const first = await startSteered(sandbox, library, ["--rate", "10", "--quiet"]);
  await until(() => sandbox.stats().total >= 4);
  await first.client.api.control.pause.post();
  await first.client.api.control.rate.post({ ratePerSecond: 500 });
  first.child.kill("SIGKILL");
  await first.child.exited;
  // Nobody is left behind.
  await until(async () => (await first.client.health.get()).status === 503);
  await until(() => sandbox.stats().inFlight === 0);
  await Bun.sleep(200);
  const sent = sandbox.stats().total;

  const second = await startSteered(sandbox, library, ["--rate", "10"]);
  await until(async () => (await liveOf(second))?.isPaused === true);
  expect(second.said()).toContain("paused, as an earlier run was left");
  expect(second.said()).toContain("pace: 500 requests/s, as an earlier run was told");
  await Bun.sleep(500);
  expect(sandbox.stats().total).toBe(sent);
  // The verbs find the run by its library.
  const status = await runCli(["status", "--library", library, "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ live: { isPaused: true } });
  const blind = await runCli(["resume", "--library", library]);
  expect({ code: blind.code, stdout: blind.stdout }).toEqual({ code: 2, stdout: "" });
  expect(blind.stderr).toContain("SOFER_API_TOKEN must be in the environment");
  const resumed = await runCli(["resume", "--library", library], { env: { SOFER_API_TOKEN: TOKEN } });
  expect(resumed).toEqual({ code: 0, stdout: "resume: it goes on\n", stderr: "" });

  expect(await second.child.exited).toBe(0);
  expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
  const reader = openStatus(library);
  expect(reader.control()).toEqual({ pausedAt: null, ratePerSecond: null, maxWorkers: null });
  expect(reader.apiAddress()).toBeNull();
  reader.close();
});

test("what has failed is tried again by the run that is on", async () => {
  const sandbox = await startSandbox({
    library: demo,
    faults: [{ kind: "error", match: "/Scroll_of_Gates", endpoint: "texts" }],
  });
  await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const library = folder.file("retried.sqlite");
  const run = await startSteered(sandbox, library, ["--rate", "6", "--max-workers", "2"]);
  // The first text fails; the others are to last until that is seen.
  await until(async () => (await liveOf(run))?.phase === "fetching");
  await run.client.api.control.rate.post({ ratePerSecond: 0.5 });
  const failed = await until(async () => {
    const { data } = await run.client.api.failures.get({ query: { limit: 10 } });
    return data !== null && data.total > 0 && data;
  });
  expect(failed.items[0]).toMatchObject({ title: "Scroll of Gates" });
  await run.client.api.control.pause.post();
  sandbox.setFaults([]);
  const asked = await runCli(["retry", "--library", library, "--titles", "Tanakh"], {
    env: { SOFER_API_TOKEN: TOKEN },
  });
  const said = "retry: tried again when the run is through with the rest: Scroll of Gates\n";
  expect(asked).toEqual({ code: 0, stdout: said, stderr: "" });
  expect((await run.client.api.control.retry.post({ titles: ["Scroll of Rivers"] })).data?.said).toContain("nothing");
  await run.client.api.control.rate.post({ ratePerSecond: 500 });
  await run.client.api.control.resume.post();
  expect(await run.child.exited).toBe(0);
  expect(run.said()).toContain("trying again: Scroll of Gates");
  expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
});

test.skipIf(!existsSync("/proc/self/task"))("a run whose API dies says so and goes on without it", async () => {
  const sandbox = await startSandbox({ library: demo });
  await using _ = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const library = folder.file("lost.sqlite");
  const run = await startSteered(sandbox, library, ["--rate", "10"]);
  const pids = await until(() => {
    const found = readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, "utf8").trim().split(" ");
    return found.length > 0 && found;
  });
  const api = pids.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("api-main.ts"));
  process.kill(Number(api), "SIGKILL");
  await until(() => run.said().includes("the status API was lost"));
  expect((await run.client.health.get()).status).toBe(503);
  // Nobody answers there any more: the verbs say that the run cannot be told.
  const told = await runCli(["pause", "--library", library], { env: { SOFER_API_TOKEN: TOKEN } });
  expect({ code: told.code, said: told.stderr.includes("start it with --api") }).toEqual({ code: 4, said: true });
  expect(await run.child.exited).toBe(0);
  expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
});
