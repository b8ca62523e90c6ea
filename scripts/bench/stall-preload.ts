/**
 * Preloaded into the coordinator by the bench: a timer that should fire each 10 ms tells how long the event loop stood
 * still, and how long the thread itself was running meanwhile. The longest stands are written as JSON to the file that
 * SOFER_BENCH_STALLS names when the process ends.
 */
import { writeFileSync } from "node:fs";

const PERIOD_MS = 10;
const KEPT = 5;

export interface Stall {
  /** Longer than the timer's period by this much. */
  readonly ms: number;
  /**
   * The thread was on a processor so long since the timer fired before: its own part. The rest it waited, for a
   * processor that others had, for a disk or for a lock.
   */
  readonly ranMs: number;
  /** Since the process began to watch. */
  readonly atMs: number;
}

/** The longest stands, and those in which the thread itself ran longest; the longest first. */
class Longest {
  #stalls: readonly Stall[] = [];

  add(stall: Stall): void {
    const all = [...this.#stalls, stall];
    const kept = new Set([...mostBy(all, "ms"), ...mostBy(all, "ranMs")]);
    this.#stalls = all.filter((one) => kept.has(one));
  }

  toJSON(): readonly Stall[] {
    return this.#stalls.toSorted((a, b) => b.ms - a.ms);
  }
}

export function mostBy(stalls: readonly Stall[], by: "ms" | "ranMs", count = KEPT): readonly Stall[] {
  return stalls.toSorted((a, b) => b[by] - a[by]).slice(0, count);
}

/** Of this thread alone, as the kernel counts: the writer's time is not the loop's. */
function runMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const path = process.env["SOFER_BENCH_STALLS"];
if (path !== undefined && Bun.isMainThread) {
  const began = performance.now();
  const longest = new Longest();
  let last = began;
  let lastRunMs = runMs();
  const look = () => {
    const now = performance.now();
    const nowRunMs = runMs();
    longest.add({ ms: now - last - PERIOD_MS, ranMs: nowRunMs - lastRunMs, atMs: last - began });
    last = now;
    lastRunMs = nowRunMs;
  };
  setInterval(look, PERIOD_MS).unref();
  process.on("exit", () => {
    look();
    writeFileSync(path, JSON.stringify(longest));
  });
}
