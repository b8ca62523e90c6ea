/**
 * Preloaded into the coordinator by the bench: a timer that should fire each 10 ms tells how long the event loop stood
 * still. The longest stalls are written as JSON to the file that SOFER_BENCH_STALLS names when the process ends.
 */
import { writeFileSync } from "node:fs";

const PERIOD_MS = 10;
const KEPT = 5;

export interface Stall {
  /** Longer than the timer's period by this much. */
  readonly ms: number;
  /** Since the process began to watch. */
  readonly atMs: number;
}

const path = process.env["SOFER_BENCH_STALLS"];
if (path !== undefined && Bun.isMainThread) {
  const began = performance.now();
  let longest: Stall[] = [];
  let last = began;
  const look = () => {
    const now = performance.now();
    const ms = now - last - PERIOD_MS;
    if (longest.length < KEPT || ms > (longest.at(-1)?.ms ?? 0)) {
      longest = [...longest, { ms, atMs: last - began }].toSorted((a, b) => b.ms - a.ms).slice(0, KEPT);
    }
    last = now;
  };
  setInterval(look, PERIOD_MS).unref();
  process.on("exit", () => {
    look();
    writeFileSync(path, JSON.stringify(longest));
  });
}
