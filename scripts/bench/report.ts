import { isProven, type IngestRun } from "./ingest-run.ts";
import type { Measured } from "./measure.ts";
import type { MemoryPeak } from "./memory.ts";
import type { Setting } from "./setting.ts";
import { mostBy, type Stall } from "./stall-preload.ts";

/** A name and what is to be said under it. */
export type Row = readonly [string, string];

const MEBIBYTE = 1024 * 1024;
export const megabytes = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MB`;
export const count = (value: number): string => value.toLocaleString("en-US");
export const perSecond = (value: number, seconds: number): string => count(Math.round(value / seconds));
export const megabytesPerSecond = (bytes: number, seconds: number): string =>
  `${(bytes / MEBIBYTE / seconds).toFixed(2)} MB/s`;

export function renderRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`.trimEnd()).join("\n");
}

/** The lines to print. No rate of any kind for a run whose library did not verify. */
export function renderReport(measured: Measured): string {
  const { wallSeconds, cpuSeconds, segments, rawBytes, sandboxPeakBytes } = measured;
  const rate = isProven(measured)
    ? `${perSecond(segments, wallSeconds)} segments/s, ${megabytesPerSecond(rawBytes, wallSeconds)}; per CPU second ${perSecond(segments, cpuSeconds)} segments`
    : NO_RATE;
  return renderRows([
    ...settingRows(measured, `load before ${measured.loadBefore.toFixed(2)}`, "web service"),
    ["verify", renderVerify(measured)],
    ["raw", megabytes(rawBytes)],
    ["library", megabytes(measured.libraryBytes)],
    ["segments", count(segments)],
    [
      "requests",
      `${count(measured.requests)}, at most ${measured.maxInFlight} in flight, ${count(measured.connections)} connections`,
    ],
    ["wall", `${wallSeconds.toFixed(1)} s`],
    ["CPU", `${cpuSeconds.toFixed(1)} s (sandbox apart: ${measured.sandboxCpuSeconds.toFixed(1)} s)`],
    [
      "memory",
      `${renderMemory(measured.memory)}${sandboxPeakBytes === null ? "" : ` (sandbox apart: ${megabytes(sandboxPeakBytes)})`}`,
    ],
    ["stalls", renderStalls(measured)],
    ["rate", rate],
  ]);
}

export const NO_RATE = "none: a library that is not whole has no speed";

export function settingRows(setting: Setting, load: string, route: string): Row[] {
  const { machine, latencyMs } = setting;
  const latency = latencyMs === 0 ? "" : `, each answer after ${latencyMs} ms`;
  return [
    ["date", setting.date],
    ["machine", `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`],
    ["runtime", `Bun ${machine.bun}; ${load}`],
    [
      "input",
      `${setting.input}: ${count(setting.books)} books by the ${route}, ${setting.workers} workers, no pace${latency}`,
    ],
  ];
}

export function renderVerify(run: IngestRun): string {
  if (isProven(run)) return "whole";
  const { ingestExitCode, verify } = run;
  return `FAILED: ingest exit code ${ingestExitCode}, verify exit code ${verify.exitCode}, ${count(verify.differences)} differences`;
}

export function renderMemory(memory: MemoryPeak | null): string {
  if (memory === null) return "memory not known";
  return `peak ${megabytes(memory.bytes)} PSS in ${memory.processes} processes, ${count(memory.samples)} samples`;
}

export function renderStalls({ stalls }: IngestRun): string {
  if (stalls.length === 0) return "not known";
  const at = ({ atMs }: Stall) => `at ${(atMs / 1000).toFixed(1)} s`;
  const each = mostBy(stalls, "ms").map(
    (stall) => `${stall.ms.toFixed(0)} ms (${stall.ranMs.toFixed(0)} its own) ${at(stall)}`,
  );
  const own = mostBy(stalls, "ranMs").map((stall) => `${stall.ranMs.toFixed(0)} ms ${at(stall)}`);
  return `coordinator's loop, longest: ${each.join(", ")}; longest of its own running: ${own.join(", ")}`;
}
