import type { MemoryPeak } from "./memory.ts";
import type { Stall } from "./stall-preload.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly bun: string;
}

/** One measured ingest. */
export interface Measured {
  readonly date: string;
  readonly machine: Machine;
  /** `real corpus` or `generated library`. */
  readonly input: string;
  readonly books: number;
  readonly workers: number;
  readonly ingestExitCode: number;
  readonly verify: { readonly exitCode: number; readonly isWhole: boolean; readonly differences: number };
  /** Bodies of all answers, by the sandbox's count. */
  readonly rawBytes: number;
  readonly libraryBytes: number;
  readonly segments: number;
  readonly requests: number;
  readonly maxInFlight: number;
  readonly connections: number;
  readonly wallSeconds: number;
  /** The coordinator and its workers, user and system. */
  readonly cpuSeconds: number;
  readonly sandboxCpuSeconds: number;
  readonly memory: MemoryPeak | null;
  readonly sandboxPeakBytes: number | null;
  readonly stalls: readonly Stall[];
  /** Load of the machine just before: above 0 somebody else was computing too. */
  readonly loadBefore: number;
}

const MEBIBYTE = 1024 * 1024;
const megabytes = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MB`;
const count = (value: number): string => value.toLocaleString("en-US");

/** True when the library holds what it should: only then is speed worth a word. */
export function isProven(measured: Measured): boolean {
  const { ingestExitCode, verify } = measured;
  return ingestExitCode === 0 && verify.exitCode === 0 && verify.isWhole && measured.segments > 0;
}

/** The lines to print. No rate of any kind for a run whose library did not verify. */
export function renderReport(measured: Measured): string {
  const { machine, verify, memory, stalls } = measured;
  const rows: [string, string][] = [
    ["date", measured.date],
    ["machine", `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`],
    ["runtime", `Bun ${machine.bun}; load before ${measured.loadBefore.toFixed(2)}`],
    ["input", `${measured.input}: ${count(measured.books)} books, ${measured.workers} workers, no pace`],
    [
      "verify",
      isProven(measured)
        ? "whole"
        : `FAILED: ingest exit code ${measured.ingestExitCode}, verify exit code ${verify.exitCode}, ${count(verify.differences)} differences`,
    ],
    ["raw", megabytes(measured.rawBytes)],
    ["library", megabytes(measured.libraryBytes)],
    ["segments", count(measured.segments)],
    [
      "requests",
      `${count(measured.requests)}, at most ${measured.maxInFlight} in flight, ${count(measured.connections)} connections`,
    ],
    ["wall", `${measured.wallSeconds.toFixed(1)} s`],
    ["CPU", `${measured.cpuSeconds.toFixed(1)} s (sandbox apart: ${measured.sandboxCpuSeconds.toFixed(1)} s)`],
    [
      "memory",
      memory === null
        ? "not known on this system"
        : `peak ${megabytes(memory.bytes)} PSS in ${memory.processes} processes, ${count(memory.samples)} samples${measured.sandboxPeakBytes === null ? "" : ` (sandbox apart: ${megabytes(measured.sandboxPeakBytes)})`}`,
    ],
    [
      "stalls",
      stalls.length === 0
        ? "not known"
        : `coordinator's loop, longest: ${stalls.map((stall) => `${stall.ms.toFixed(0)} ms at ${(stall.atMs / 1000).toFixed(1)} s`).join(", ")}`,
    ],
  ];
  if (isProven(measured)) {
    const { wallSeconds, cpuSeconds, segments, rawBytes } = measured;
    rows.push([
      "rate",
      `${count(Math.round(segments / wallSeconds))} segments/s, ${(rawBytes / MEBIBYTE / wallSeconds).toFixed(2)} MB/s; per CPU second ${count(Math.round(segments / cpuSeconds))} segments`,
    ]);
  } else {
    rows.push(["rate", "none: a library that is not whole has no speed"]);
  }
  return rows.map(([name, value]) => `${name.padEnd(10)}${value}`).join("\n");
}
