import { readFileSync } from "node:fs";

/**
 * Files that the coordinator may have open beside its workers: the library in three connections with its log and index,
 * lock, pace file, log files, event loops. M: 20 with one log file; some more while modules are loaded.
 */
const OF_THE_COORDINATOR = 32;
/** M: the channel and the process handle. */
const PER_WORKER = 2;
/** Files of a worker beside its connections. M: 9; some more while modules are loaded and names are looked up. */
const OF_A_WORKER = 16;

export interface Effort {
  readonly maxWorkers: number;
  readonly maxConcurrentRequests: number;
}

/** Files that a process like this one may have open; null where that is not known. Bun itself asks for all it may have. */
export function openFilesLimit(): number | null {
  if (process.platform === "win32") return null;
  const said = process.platform === "linux" ? limitOfSelf() : limitOfShell();
  return said !== undefined && /^\d+$/.test(said) ? Number(said) : null;
}

function limitOfSelf(): string | undefined {
  return /^Max open files +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
}

function limitOfShell(): string {
  return Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString().trim();
}

/**
 * As much of an effort as the limit allows; the effort itself where all of it does.
 * @param servesItself the source is served by the coordinator's own process (`--demo`): it has the other ends too
 */
export function fitOpenFiles(effort: Effort, limit: number | null, servesItself: boolean): Effort {
  if (limit === null) return effort;
  const room = Math.max(0, limit - OF_THE_COORDINATOR);
  const perWorker = PER_WORKER + (servesItself ? 1 : 0);
  const maxWorkers = atMost(effort.maxWorkers, room / perWorker);
  const inWorker = limit - OF_A_WORKER;
  const here = servesItself ? (room - maxWorkers * PER_WORKER) / maxWorkers : inWorker;
  const maxConcurrentRequests = atMost(effort.maxConcurrentRequests, Math.min(inWorker, here));
  const isWhole = maxWorkers === effort.maxWorkers && maxConcurrentRequests === effort.maxConcurrentRequests;
  return isWhole ? effort : { maxWorkers, maxConcurrentRequests };
}

function atMost(wanted: number, room: number): number {
  return Math.max(1, Math.min(wanted, Math.floor(room)));
}
