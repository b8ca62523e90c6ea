import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 100;

/** A process that ended between two reads is not there: that is no error here. */
function readOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return threads.flatMap((thread) =>
    readOf(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** A process and all it started. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

/** Proportional set size: memory shared by n processes counts 1/n in each, so the sum over processes is what they hold. */
export function pssBytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readOf(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

export interface MemoryPeak {
  readonly bytes: number;
  readonly processes: number;
  readonly samples: number;
}

/** Watches a process tree's memory until stopped. Null where the system does not say (no /proc). */
export function watchMemory(pid: number): { stop(): MemoryPeak | null } {
  let peak = { bytes: 0, processes: 0 };
  let samples = 0;
  const sample = () => {
    const pids = treeOf(pid);
    const bytes = pids.reduce((sum, each) => sum + pssBytes(each), 0);
    if (bytes > 0) samples++;
    if (bytes > peak.bytes) peak = { bytes, processes: pids.length };
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples === 0 ? null : { ...peak, samples };
    },
  };
}
