import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { generateLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { jsonLines, tempDir, type TempDir } from "../support.ts";
import { EVERYTHING, mostInWindow, note, startIngest } from "../long/support.ts";

const SECONDS = 60;
const WINDOW_MS = 1_000;
/** Small books: a request each is what counts here, not what it brings. */
const SCALE = 0.1;

interface Sent {
  readonly url: string;
  readonly sentAt: number;
}

interface Minute {
  readonly total: number;
  readonly mostSent: number;
  readonly mostArrived: number;
  /** Longest time, ms, for which this process was kept from running: by so much its clock readings may be late. */
  readonly stoodStillMs: number;
}

/** A minute is tried again when the machine did not run us. */
const TRIES = 2;
/** A machine that stood still for longer says little about the pace: what comes late then comes together. */
const STILL_MS = 50;

test.each([20, 200])(
  "%d requests a second, four workers: never more, and hardly less while work waits",
  async (rate) => {
    const burst = Math.max(1, rate / 10);
    for (let tries = 1; tries <= TRIES; tries++) {
      const { total, mostSent, mostArrived, stoodStillMs } = await minuteAt(rate, burst);
      note(
        `${rate}/s: ${total} of ${SECONDS * rate} in ${SECONDS} s; most in a second: ${mostSent} sent, ${mostArrived} arrived (${rate + burst} allowed); the machine stood still for ${Math.round(stoodStillMs)} ms at most`,
      );
      const isEvidence = stoodStillMs <= STILL_MS;
      const late = isEvidence ? 0 : (rate * stoodStillMs) / 1_000;
      expect(mostSent).toBeLessThanOrEqual(rate + burst + late);
      expect(mostArrived).toBeLessThanOrEqual((rate + burst) * 1.05 + late);
      if (isEvidence && (total >= 0.97 * SECONDS * rate || tries === TRIES)) {
        expect(total).toBeGreaterThanOrEqual(0.97 * SECONDS * rate);
        return;
      }
    }
    note(
      `${rate}/s: no minute in which the machine ran all the time: how much of the rate is reached was NOT measured`,
    );
  },
);

async function minuteAt(rate: number, burst: number): Promise<Minute> {
  await using host = await busyHost(rate * SECONDS + 3 * rate + burst);
  using folder = tempDir();
  const run = pacedRun(folder, host.sandbox, rate);
  const still = watchStandstill();
  await firstRequest(host.sandbox, run.child);
  await Bun.sleep((SECONDS + 1) * 1_000);
  const stoodStillMs = still.end();
  const isWaiting = run.child.exitCode === null;
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended();
  expect(isWaiting).toBe(true);
  expect(stderr).not.toContain("failed");
  expect(code).toBe(130);

  const sent = sentBy(folder);
  const arrived = arrivedAt(host.sandbox);
  expect(sent.length).toBe(arrived.length);
  const start = sent[0] ?? 0;
  return {
    total: sent.filter((at) => at < start + SECONDS * 1_000).length,
    mostSent: mostInWindow(sent, WINDOW_MS),
    mostArrived: mostInWindow(arrived, WINDOW_MS),
    stoodStillMs,
  };
}

const KILLS = 5;
/** Between two kills, from a run's first request on. */
const LIFE_MS = 10_000;

test.each([20, 200])("%d requests a second, killed and started again five times: never more", async (rate) => {
  const burst = Math.max(1, rate / 10);
  await using host = await busyHost(((KILLS + 1) * LIFE_MS * rate) / 1_000 + 5 * rate);
  using folder = tempDir();
  const still = watchStandstill();
  let used = 0;
  let aliveMs = 0;
  for (let life = 0; life <= KILLS; life++) {
    const before = arrivedAt(host.sandbox).length;
    const run = pacedRun(folder, host.sandbox, rate);
    await firstRequest(host.sandbox, run.child, before);
    const from = performance.now();
    await Bun.sleep(LIFE_MS);
    expect(run.child.exitCode).toBeNull();
    aliveMs += performance.now() - from;
    used += arrivedAt(host.sandbox).length - before;
    run.child.kill("SIGKILL");
    await run.ended();
  }
  const stoodStillMs = still.end();
  const arrived = arrivedAt(host.sandbox);
  const mostArrived = mostInWindow(arrived, WINDOW_MS);
  // What a killed run had sent in its last moments is not in its log any more: a lower bound, and the host's count beside it.
  const mostSent = mostInWindow(sentBy(folder), WINDOW_MS);
  const share = used / ((aliveMs / 1_000) * rate);
  note(
    `${rate}/s, ${KILLS} kills: ${used} requests in ${(aliveMs / 1_000).toFixed(1)} s alive (${(100 * share).toFixed(1)} %); most in a second: ${mostSent} sent, ${mostArrived} arrived (${rate + burst} allowed); the machine stood still for ${Math.round(stoodStillMs)} ms at most`,
  );
  const late = stoodStillMs <= STILL_MS ? 0 : (rate * stoodStillMs) / 1_000;
  expect(mostSent).toBeLessThanOrEqual(rate + burst + late);
  expect(mostArrived).toBeLessThanOrEqual((rate + burst) * 1.05 + late);
  if (stoodStillMs <= STILL_MS) expect(share).toBeGreaterThanOrEqual(0.97);
});

const LIMIT = 20;
const MINUTES = 5;

test("a host that allows 20 a second: 95 % of it used over five minutes, 2 % refused at most", async () => {
  const rule: FaultRule = { kind: "limit", perSecond: LIMIT, burst: LIMIT, retryAfter: 1 };
  await using host = await busyHost(LIMIT * 60 * MINUTES * 1.1, [rule]);
  using folder = tempDir();
  const run = pacedRun(folder, host.sandbox, 100);
  await firstRequest(host.sandbox, run.child);
  await Bun.sleep(MINUTES * 60_000);
  const { total, faults } = host.sandbox.stats();
  expect(run.child.exitCode).toBeNull();
  run.child.kill("SIGINT");
  expect((await run.ended()).code).toBe(130);
  const used = (total - faults) / (LIMIT * 60 * MINUTES);
  const refused = faults / total;
  note(
    `a host that allows ${LIMIT}/s: ${total - faults} answered in ${MINUTES} minutes (${(100 * used).toFixed(1)} %), ${faults} refused (${(100 * refused).toFixed(2)} %)`,
  );
  expect(used).toBeGreaterThanOrEqual(0.95);
  expect(refused).toBeLessThanOrEqual(0.02);
});

/** A service with more books than there is time to ask for: work waits until the end, with no pause for planning. */
async function busyHost(requests: number, faults: readonly FaultRule[] = []) {
  const library = generateLibrary({ seed: "pace", books: Math.ceil(requests), scale: SCALE });
  const sandbox = await startSandbox({ library, latencyMs: 50, logRequests: true, faults });
  return { sandbox, [Symbol.asyncDispose]: () => sandbox.stop() };
}

function pacedRun(folder: TempDir, sandbox: Sandbox, rate: number) {
  const parts = { url: sandbox.url, library: folder.file("library.sqlite"), titles: EVERYTHING };
  const paced = ["--rate", String(rate), "--max-workers", "4", "--request-log", folder.file("sent")];
  return startIngest(folder, { ...parts, more: paced });
}

async function firstRequest(sandbox: Sandbox, child: Bun.Subprocess, before = 0): Promise<void> {
  while (sandbox.stats().requests.index <= before && child.exitCode === null) await Bun.sleep(10);
}

/** Send times of the program's own log, ascending. */
function sentBy(folder: TempDir): number[] {
  const text = readFileSync(folder.file("sent"), "utf8");
  return ascending(
    jsonLines<Sent>(text.slice(0, text.lastIndexOf("\n") + 1))
      .filter((request) => request.url.includes("/api/v2/index/"))
      .map((request) => request.sentAt),
  );
}

function arrivedAt(sandbox: Sandbox): number[] {
  return ascending(
    sandbox
      .requests()
      .filter((request) => request.endpoint === "index")
      .map((request) => request.atMs),
  );
}

/** By how much a timer of 10 ms came late at most. */
function watchStandstill(): { end(): number } {
  const EVERY_MS = 10;
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - EVERY_MS);
    last = now;
  }, EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      return longest;
    },
  };
}

function ascending(times: readonly number[]): number[] {
  return times.toSorted((a, b) => a - b);
}
