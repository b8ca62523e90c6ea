import type { BareRun, ObjectsMeasured } from "./bare.ts";
import { isProven, type IngestRun } from "./ingest-run.ts";
import type { BucketMeasured } from "./measure-bucket.ts";
import {
  count,
  megabytes,
  megabytesPerSecond,
  NO_RATE,
  perSecond,
  renderMemory,
  renderRows,
  renderStalls,
  renderVerify,
  settingRows,
  type Row,
} from "./report.ts";

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** True when every round's library holds what it should. */
export function isBucketProven({ rounds }: BucketMeasured): boolean {
  return rounds.length > 0 && rounds.every(({ ours }) => isProven(ours));
}

/** Of each round, how many times the bare loop's time ours took; of one limit of connections. */
export function ratiosOf(
  { rounds }: BucketMeasured,
  connections: number,
  time: "wallSeconds" | "cpuSeconds",
): number[] {
  return rounds.flatMap(({ ours, bare }) =>
    bare.filter((run) => run.connections === connections).map((run) => ours[time] / run[time]),
  );
}

/** The lines to print. No rate and no ratio when one of the libraries did not verify. */
export function renderBucketReport(measured: BucketMeasured): string {
  const { rounds, objects } = measured;
  const proven = isBucketProven(measured);
  const loads = rounds.map(({ ours }) => ours.loadBefore.toFixed(2)).join(", ");
  const rows: Row[] = [
    ...settingRows(measured, `load before each round ${loads}`, "bucket"),
    [
      "objects",
      `${count(objects.count)}: ${megabytes(objects.storedBytes)} stored, ${megabytes(objects.decodedBytes)} decoded`,
    ],
    [
      "sandbox",
      `CPU ${measured.sandboxCpuSeconds.toFixed(1)} s for all rounds and for making the files${measured.sandboxPeakBytes === null ? "" : `, peak ${megabytes(measured.sandboxPeakBytes)} PSS`}`,
    ],
  ];
  for (const [index, { ours, bare }] of rounds.entries()) {
    rows.push([`round ${index + 1}`, ""], ...ingestRows(ours, proven ? objects : null));
    for (const run of bare) rows.push([`  bare x${run.connections}`, renderBare(run, proven ? objects : null)]);
  }
  if (!proven) return renderRows([...rows, ["rate", NO_RATE]]);
  const walls = rounds.map(({ ours }) => ours.wallSeconds);
  const middle = median(walls);
  rows.push([
    "rate",
    `median of ${rounds.length}: ${renderRates(middle, objects)}, ${perSecond(rounds[0]?.ours.segments ?? 0, middle)} segments/s`,
  ]);
  for (const { connections } of rounds[0]?.bare ?? []) {
    const ofTime = (time: "wallSeconds" | "cpuSeconds") => {
      const ratios = ratiosOf(measured, connections, time);
      return `${median(ratios).toFixed(1)} (${ratios.map((ratio) => ratio.toFixed(1)).join(", ")})`;
    };
    const line = `ours/bare x${connections}, median of ${rounds.length}: wall ${ofTime("wallSeconds")}, CPU ${ofTime("cpuSeconds")}`;
    rows.push(["ratio", line]);
  }
  return renderRows(rows);
}

function ingestRows(run: IngestRun, objects: ObjectsMeasured | null): Row[] {
  const { listing, objects: downloads } = run.requestsByKind;
  const rest = `at most ${run.maxInFlight} in flight, ${count(run.connections)} connections`;
  const rows: Row[] = [
    ["  verify", renderVerify(run)],
    ["  ours", renderTimes(run)],
    ["  requests", `${count(run.requests)}: ${count(listing)} listing pages, ${count(downloads)} objects; ${rest}`],
    ["  library", `${megabytes(run.libraryBytes)}, ${count(run.segments)} segments`],
    ["  memory", renderMemory(run.memory)],
    ["  stalls", renderStalls(run)],
  ];
  if (objects === null) return rows;
  const { wallSeconds, cpuSeconds, segments } = run;
  const ofSegments = `${perSecond(segments, wallSeconds)} segments/s; per CPU second ${perSecond(segments, cpuSeconds)} segments`;
  return [...rows, ["  rate", `${renderRates(wallSeconds, objects)}, ${ofSegments}`]];
}

function renderBare(run: BareRun, objects: ObjectsMeasured | null): string {
  const said = `${renderTimes(run)}; ${count(run.objects)} objects; ${renderMemory(run.memory)}`;
  return objects === null ? said : `${said}; ${renderRates(run.wallSeconds, objects)}`;
}

function renderTimes({ wallSeconds, cpuSeconds }: Pick<IngestRun, "wallSeconds" | "cpuSeconds">): string {
  return `${wallSeconds.toFixed(2)} s wall, ${cpuSeconds.toFixed(2)} s CPU`;
}

function renderRates(seconds: number, { count: objects, storedBytes, decodedBytes }: ObjectsMeasured): string {
  const [stored, decoded] = [storedBytes, decodedBytes].map((bytes) => megabytesPerSecond(bytes, seconds));
  return `${perSecond(objects, seconds)} objects/s, ${stored} stored, ${decoded} decoded`;
}
