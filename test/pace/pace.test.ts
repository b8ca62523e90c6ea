import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { generateLibrary, startSandbox } from "@sofer/sandbox";
import { jsonLines, tempDir } from "../support.ts";
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
  // More books than the time allows to outline: work waits until the end, with no pause for planning in between.
  const books = Math.ceil((SECONDS + 3) * rate + burst);
  const sandbox = await startSandbox({
    library: generateLibrary({ seed: "pace", books, scale: SCALE }),
    latencyMs: 50,
    logRequests: true,
  });
  using folder = tempDir();
  const parts = { url: sandbox.url, library: folder.file("library.sqlite"), titles: EVERYTHING };

  const sentLog = folder.file("sent");
  const paced = ["--rate", String(rate), "--max-workers", "4", "--request-log", sentLog];
  const run = startIngest(folder, { ...parts, more: paced });
  const still = watchStandstill();
  while (sandbox.stats().requests.index === 0 && run.child.exitCode === null) await Bun.sleep(10);
  await Bun.sleep((SECONDS + 1) * 1_000);
  const stoodStillMs = still.end();
  const isWaiting = run.child.exitCode === null;
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended();
  expect(isWaiting).toBe(true);
  expect(stderr).not.toContain("failed");
  expect(code).toBe(130);

  const sent = ascending(
    jsonLines<Sent>(readFileSync(sentLog, "utf8"))
      .filter((request) => request.url.includes("/api/v2/index/"))
      .map((request) => request.sentAt),
  );
  const arrived = ascending(
    sandbox
      .requests()
      .filter((request) => request.endpoint === "index")
      .map((request) => request.atMs),
  );
  await sandbox.stop();
  expect(sent.length).toBe(arrived.length);
  const start = sent[0] ?? 0;
  return {
    total: sent.filter((at) => at < start + SECONDS * 1_000).length,
    mostSent: mostInWindow(sent, WINDOW_MS),
    mostArrived: mostInWindow(arrived, WINDOW_MS),
    stoodStillMs,
  };
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
