import { isProven } from "../ingest-run.ts";
import { median } from "../report-bucket.ts";
import {
  count,
  megabytes,
  megabytesPerSecond,
  NO_RATE,
  perSecond,
  renderRows,
  renderVerify,
  settingRows,
  type Row,
} from "../report.ts";
import type { MeasuredStages, StagesRound } from "./measure.ts";

export interface Stage {
  readonly name: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of the whole run's CPU, median of the rounds. */
  readonly share: number;
}

/** True when every round's library holds what it should. */
export function areStagesProven({ rounds }: MeasuredStages): boolean {
  return rounds.length > 0 && rounds.every(({ ours, stages }) => isProven(ours) && stages !== null);
}

/** Medians of the rounds, in the order of the road; none when a library did not verify. */
export function stagesOf(measured: MeasuredStages): Stage[] {
  if (!areStagesProven(measured)) return [];
  const { rounds } = measured;
  return (rounds[0]?.stages?.passes ?? []).map(({ name, rows, bytes }) => {
    const middle = (of: "wallSeconds" | "cpuSeconds") => median(rounds.map((round) => passOf(round, name)[of]));
    const share = median(rounds.map((round) => passOf(round, name).cpuSeconds / round.ours.cpuSeconds));
    return { name, rows, bytes, wallSeconds: middle("wallSeconds"), cpuSeconds: middle("cpuSeconds"), share };
  });
}

function passOf({ stages }: StagesRound, name: string) {
  const found = stages?.passes.find((pass) => pass.name === name);
  if (found === undefined) throw new Error(`a round has no stage ${name}`);
  return found;
}

export function renderStagesReport(measured: MeasuredStages): string {
  const { rounds } = measured;
  const load = `load before each ingest ${rounds.map(({ ours }) => ours.loadBefore.toFixed(2)).join(", ")}`;
  const rows: Row[] = [
    ...settingRows(measured, load, "web service"),
    ...rounds.map(({ ours }, at): Row => [`verify ${at + 1}`, renderVerify(ours)]),
  ];
  const stages = stagesOf(measured);
  if (stages.length === 0) return renderRows([...rows, ["stages", NO_RATE]]);
  const of = rounds[0]?.stages;
  const cpu = median(rounds.map(({ ours }) => ours.cpuSeconds));
  const rest = 1 - stages.reduce((sum, { share }) => sum + share, 0);
  return [
    renderRows([
      ...rows,
      ["raw", megabytes(rounds[0]?.ours.rawBytes ?? 0)],
      ["texts", `${count(of?.rows ?? 0)}, ${megabytes(of?.bytes ?? 0)} of UTF-8`],
      ["whole run", `${cpu.toFixed(2)} s CPU, median of ${rounds.length}`],
    ]),
    renderRows([
      ...stages.map((stage): Row => [stage.name, renderStage(stage)]),
      ["the rest", `${percent(rest)} of the run's CPU: start of processes, requests, plan, bookkeeping, receipt`],
    ]),
  ].join("\n\n");
}

function renderStage({ wallSeconds, cpuSeconds, rows, bytes, share }: Stage): string {
  const times = `${percent(share)} of the run's CPU; ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s wall`;
  if (rows === 0) return times;
  return `${times}; ${megabytesPerSecond(bytes, wallSeconds)}, ${perSecond(rows, wallSeconds)} rows/s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
