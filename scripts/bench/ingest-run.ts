import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Stats } from "@sofer/sandbox";
import { environment, lastJson, runBun, type Timed } from "./processes.ts";
import type { BenchSandbox } from "./sandbox.ts";
import type { Stall } from "./stall-preload.ts";

export const MAIN = join(import.meta.dir, "..", "..", "packages", "cli", "src", "main.ts");
const PRELOAD = join(import.meta.dir, "stall-preload.ts");

/** Connections that each worker may hold. */
export const CONNECTIONS = 50;

/** One ingest into an empty library, and what `verify` found of it. CPU and memory: the coordinator and its workers. */
export interface IngestRun extends Timed {
  readonly ingestExitCode: number;
  readonly verify: { readonly exitCode: number; readonly isWhole: boolean; readonly differences: number };
  /** Bodies of all answers as sent, by the sandbox's count. */
  readonly rawBytes: number;
  readonly libraryBytes: number;
  readonly segments: number;
  /** By the sandbox's count, as are the next three. */
  readonly requests: number;
  readonly requestsByKind: Stats["requests"];
  readonly maxInFlight: number;
  readonly connections: number;
  /** What the tool itself says it sent. */
  readonly receiptRequests: number;
  readonly stalls: readonly Stall[];
}

export interface IngestOptions {
  readonly sandbox: BenchSandbox;
  readonly source: "service" | "bucket";
  readonly titles: readonly string[];
  readonly workers: number;
  /** Where the library comes to be. */
  readonly library: string;
  /** For what is written beside it. */
  readonly folder: string;
  /** False: its memory is not asked for, so that nothing slows it. */
  readonly isWatched?: boolean | undefined;
  /** Called between ingest and verify, with the library's path. */
  readonly beforeVerify?: ((library: string) => void) | undefined;
}

/** True when the library holds what it should: only then is speed worth a word. */
export function isProven(run: Pick<IngestRun, "ingestExitCode" | "verify" | "segments">): boolean {
  const { ingestExitCode, verify, segments } = run;
  return ingestExitCode === 0 && verify.exitCode === 0 && verify.isWhole && segments > 0;
}

/** Counts of the sandbox begin anew, so that they are this run's. */
export async function measureRun(options: IngestOptions): Promise<IngestRun> {
  const { sandbox, source, titles, workers, library, folder } = options;
  const stallFile = join(folder, "stalls.json");
  const env = environment({ SOFER_LIBRARY: library, SOFER_PACE_FILE: join(folder, "pace.sqlite") });
  const where = ["--source", source, "--base-url", sandbox.url, "--bucket-url", sandbox.url];
  const tuning = ["--versions", "all", "--rate", "0", "--max-workers", String(workers)];
  const lines = ["--max-concurrent-requests", String(CONNECTIONS), "--quiet", "--json"];
  await sandbox.reset();
  const ingested = await runBun(
    ["--preload", PRELOAD, MAIN, "ingest", ...where, ...tuning, ...lines, "--titles", ...titles],
    { ...env, SOFER_BENCH_STALLS: stallFile },
    options.isWatched,
  );
  const stats = await sandbox.stats();
  options.beforeVerify?.(library);
  const verified = await runBun([MAIN, "verify", "--quiet", "--json"], env);
  const report = lastJson(verified.out);
  const { wallSeconds, cpuSeconds, memory, loadBefore } = ingested;
  return {
    ingestExitCode: ingested.code,
    verify: {
      exitCode: verified.code,
      isWhole: report["isWhole"] === true,
      differences: Number(report["differences"] ?? 0),
    },
    rawBytes: stats.bytes,
    libraryBytes: existsSync(library) ? statSync(library).size : 0,
    segments: Number(report["intact"] ?? 0),
    requests: stats.total,
    requestsByKind: stats.requests,
    maxInFlight: stats.maxInFlight,
    connections: stats.connections,
    receiptRequests: Number(lastJson(ingested.out)["requests"] ?? 0),
    wallSeconds,
    cpuSeconds,
    memory,
    stalls: existsSync(stallFile) ? (JSON.parse(readFileSync(stallFile, "utf8")) as Stall[]) : [],
    loadBefore,
  };
}
