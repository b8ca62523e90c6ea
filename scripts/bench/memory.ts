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
  /** Of the samples' later half. */
  readonly lastHalf: MemoryCourse;
}

export interface MemoryCourse {
  readonly meanBytes: number;
  /** Of the straight line with the least squares through the samples. */
  readonly bytesPerSecond: number;
}

interface Sample {
  readonly seconds: number;
  readonly bytes: number;
}

export function courseOf(samples: readonly Sample[]): MemoryCourse {
  const count = Math.max(1, samples.length);
  const meanSeconds = samples.reduce((sum, { seconds }) => sum + seconds, 0) / count;
  const meanBytes = samples.reduce((sum, { bytes }) => sum + bytes, 0) / count;
  let products = 0;
  let squares = 0;
  for (const { seconds, bytes } of samples) {
    products += (seconds - meanSeconds) * (bytes - meanBytes);
    squares += (seconds - meanSeconds) ** 2;
  }
  return { meanBytes, bytesPerSecond: squares === 0 ? 0 : products / squares };
}

/** Watches a process tree's memory until stopped. Null where the system does not say (no /proc). */
export function watchMemory(pid: number): { stop(): MemoryPeak | null } {
  let peak = { bytes: 0, processes: 0 };
  const samples: Sample[] = [];
  const sample = () => {
    const pids = treeOf(pid);
    const bytes = pids.reduce((sum, each) => sum + pssBytes(each), 0);
    if (bytes > 0) samples.push({ seconds: performance.now() / 1000, bytes });
    if (bytes > peak.bytes) peak = { bytes, processes: pids.length };
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      if (samples.length === 0) return null;
      const lastHalf = courseOf(samples.slice(Math.floor(samples.length / 2)));
      return { ...peak, samples: samples.length, lastHalf };
    },
  };
}
