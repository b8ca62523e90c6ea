import { isProven } from "./ingest-run.ts";
import type { MeasuredScale } from "./measure-scale.ts";
import { count, megabytes, NO_RATE, perSecond, renderRows, type Row } from "./report.ts";
import { PHASES } from "./scale-watch.ts";

const MEBIBYTE = 2 ** 20;

/** What a whole library is to keep to, on two cores. */
export interface Goal {
  readonly name: string;
  /** What was measured, or null when it is not known. */
  readonly value: number | null;
  readonly most: number;
  readonly unit: string;
}

export function isHeld({ value, most }: Goal): boolean {
  return value !== null && value < most;
}

/** True when the library is whole and a second ingest found nothing to do. */
export function isScaleWhole(measured: MeasuredScale): boolean {
  return isProven(measured) && measured.refresh?.exitCode === 0 && measured.refresh.downloads === 0;
}

export function isScaleHeld(measured: MeasuredScale): boolean {
  return isScaleWhole(measured) && goalsOf(measured).every(isHeld);
}

export function goalsOf(measured: MeasuredScale): readonly Goal[] {
  const { tenths, peaks, refresh, verify, search, size } = measured;
  const [first] = tenths;
  const last = tenths.at(-1);
  const slower = first === undefined || last === undefined ? null : Math.abs(1 - last / first) * 100;
  const peak = peaks === null ? null : Math.max(...Object.values(peaks));
  return [
    { name: "last tenth of the load beside the first", value: slower, most: 15, unit: "% off" },
    { name: "peak memory of the ingest", value: peak === null ? null : peak / MEBIBYTE, most: 768, unit: "MB" },
    { name: "refresh with nothing changed", value: refresh?.seconds ?? null, most: 30, unit: "s" },
    { name: "verify", value: verify.seconds, most: 60, unit: "s" },
    { name: "search, p95", value: search?.wallMs.p95 ?? null, most: 50, unit: "ms" },
    {
      name: "library without links over raw text",
      value: size.rawBytes === 0 ? null : size.bytesWithoutLinks / size.rawBytes,
      most: 2.5,
      unit: "times",
    },
  ];
}

/** The lines to print. No rate and no goal for a library that is not whole. */
export function renderScaleReport(measured: MeasuredScale): string {
  const { machine, verify, refresh, size, search } = measured;
  const rows: Row[] = [
    ["date", measured.date],
    ["machine", `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`],
    ["runtime", `Bun ${machine.bun}; load before ${measured.loadBefore.toFixed(2)}`],
    [
      "input",
      `whole generated library: ${count(measured.books)} books by the bucket, ${measured.workers} workers, no pace`,
    ],
    [
      "export",
      `${megabytes(measured.export.bytes)}, there after ${measured.export.seconds.toFixed(1)} s, not counted below`,
    ],
    [
      "verify",
      isProven(measured)
        ? `whole: ${count(measured.segments)} texts`
        : `FAILED: ingest exit code ${measured.ingestExitCode}, verify exit code ${verify.exitCode}, ${count(verify.differences)} differences`,
    ],
    [
      "refresh",
      refresh === null
        ? "not tried"
        : `exit code ${refresh.exitCode}, ${count(refresh.requests)} requests, ${count(refresh.downloads)} downloads`,
    ],
  ];
  if (!isScaleWhole(measured)) return renderRows([...rows, ["rate", NO_RATE]]);
  const { phases, peaks } = measured;
  rows.push(
    [
      "wall",
      `${measured.wallSeconds.toFixed(1)} s: ${PHASES.map((phase) => `${phase} ${phases[phase].toFixed(1)}`).join(", ")}`,
    ],
    ["CPU", `${measured.cpuSeconds.toFixed(1)} s (sandbox apart: ${measured.sandboxCpuSeconds.toFixed(1)} s)`],
    [
      "load",
      `${perSecond(measured.segments, phases.load)} texts/s; by tenths ${measured.tenths.map((rate) => count(Math.round(rate))).join(", ")}`,
    ],
    ["", `of texts of ${bytesEach(measured).map(count).join(", ")} bytes: ${megabytesOf(measured).join(", ")} MB/s`],
    [
      "memory",
      peaks === null
        ? "not known"
        : `PSS, peak in ${PHASES.map((phase) => `${phase} ${megabytes(peaks[phase])}`).join(", ")}; ${count(measured.memorySamples)} samples`,
    ],
    [
      "library",
      `${megabytes(measured.libraryBytes)}, ${count(size.texts)} texts of ${megabytes(size.rawBytes)}, ${count(size.links)} links`,
    ],
    ["tables", sizesOf(measured)],
  );
  if (search !== null) {
    rows.push([
      "search",
      `p50 ${search.wallMs.p50.toFixed(1)}, p95 ${search.wallMs.p95.toFixed(1)}, max ${search.wallMs.max.toFixed(1)} ms`,
    ]);
  }
  for (const goal of goalsOf(measured)) rows.push([goal.name, renderGoal(goal)]);
  return renderRows(rows);
}

function renderGoal(goal: Goal): string {
  const { value, most, unit } = goal;
  if (value === null) return `NOT HELD: not known, goal under ${most} ${unit}`;
  const said = `${value.toFixed(2)} ${unit}, goal under ${most}`;
  const percent = Math.abs(100 * (1 - value / most)).toFixed(0);
  return isHeld(goal) ? `held: ${said} (${percent} % to spare)` : `NOT HELD: ${said} (${percent} % over)`;
}

/** Of a text in each tenth, on the average: texts of other lengths take other times. */
function bytesEach({ size: { texts, tenthBytes } }: MeasuredScale): number[] {
  return tenthBytes.map((bytes) => Math.round(bytes / (texts / 10)));
}

function megabytesOf(measured: MeasuredScale): string[] {
  return bytesEach(measured).map((bytes, tenth) => ((bytes * (measured.tenths[tenth] ?? 0)) / 1e6).toFixed(1));
}

const SMALL = 0.005;

/** Tables that are worth a word. */
function sizesOf({ size: { tables } }: MeasuredScale): string {
  const all = Object.values(tables).reduce((sum, bytes) => sum + bytes, 0);
  return Object.entries(tables)
    .filter(([, bytes]) => bytes > all * SMALL)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)}`)
    .join(", ");
}
