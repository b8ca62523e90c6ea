import { median } from "../report-bucket.ts";
import {
  count,
  megabytes,
  megabytesPerSecond,
  NO_RATE,
  perSecond,
  renderMemory,
  renderRows,
  renderVerify,
  settingRows,
  type Row,
} from "../report.ts";
import { isFair, type FloorMeasured, type FloorRound, type RouteMeasured } from "./measure.ts";

/** How many times the floor's time a whole, proven, chunked library may take. */
export const MOST_TIMES = 2;

export interface FloorRatios {
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
}

/** Of each round; null when the two did different work. */
export function floorRatios(rounds: readonly FloorRound[]): FloorRatios | null {
  if (!isFair(rounds)) return null;
  const ratios = (time: "wallSeconds" | "cpuSeconds") =>
    rounds.flatMap(({ ours, floor }) => (floor === null ? [] : [ours[time] / floor[time]]));
  return { wall: ratios("wallSeconds"), cpu: ratios("cpuSeconds") };
}

/**
 * The least time of ours over the least of the floor's; null as above. What else runs on a machine only adds, so that this
 * changes less than a median where nobody sees to a quiet machine.
 */
export function leastRatio(rounds: readonly FloorRound[], time: "wallSeconds" | "cpuSeconds"): number | null {
  if (!isFair(rounds)) return null;
  const least = (of: (round: FloorRound) => number) => Math.min(...rounds.map(of));
  return least(({ ours }) => ours[time]) / least(({ floor }) => floor?.[time] ?? Infinity);
}

/** True when on each route the median wall is within the goal. */
export function isNearFloor({ routes }: FloorMeasured): boolean {
  const ratios = routes.map(({ rounds }) => floorRatios(rounds));
  return ratios.length > 0 && ratios.every((ratio) => ratio !== null && median(ratio.wall) <= MOST_TIMES);
}

export function renderFloorReport(measured: FloorMeasured): string {
  const loads = measured.routes.flatMap(({ rounds }) => rounds.map(({ ours }) => ours.loadBefore));
  const load = `load before each ingest ${loads.map((each) => each.toFixed(2)).join(", ")}`;
  const both = measured.routes.map(({ route }) => route).join(" and the ");
  return [
    renderRows([
      ...settingRows(measured, load, both),
      ["sandbox", `CPU ${measured.sandboxCpuSeconds.toFixed(1)} s, all in all`],
    ]),
    ...measured.routes.map((route) => renderRows(routeRows(route))),
    renderRows([["goal", `wall at most ${MOST_TIMES} times the floor's: ${isNearFloor(measured) ? "yes" : "NO"}`]]),
  ].join("\n\n");
}

function routeRows({ route, rounds, watched }: RouteMeasured): Row[] {
  const rows: Row[] = [["route", route]];
  for (const [index, { ours, floor }] of rounds.entries()) {
    rows.push(
      [`round ${index + 1}`, ""],
      ["  verify", renderVerify(ours)],
      ["  ours", `${times(ours)}; ${count(ours.segments)} texts`],
      [
        "  floor",
        floor === null
          ? "not measured"
          : `${times(floor)}; ${count(floor.texts)} texts of ${count(floor.answers)} answers, ${megabytes(floor.rawBytes)} raw`,
      ],
    );
  }
  if (watched !== null) {
    rows.push(
      ["memory", "of a round of its own, whose time does not count"],
      ["  ours", renderMemory(watched.ours.memory)],
      ["  floor", renderMemory(watched.floor?.memory ?? null)],
    );
  }
  const ratios = floorRatios(rounds);
  if (ratios === null) {
    const isOtherWork = rounds.some(({ ours, floor }) => floor !== null && floor.texts !== ours.segments);
    return [...rows, ["ratio", isOtherWork ? "none: the two kept different numbers of texts" : NO_RATE]];
  }
  const wall = (which: "ours" | "floor") => median(rounds.map((round) => round[which]?.wallSeconds ?? Number.NaN));
  const raw = rounds[0]?.floor?.rawBytes ?? 0;
  const texts = rounds[0]?.ours.segments ?? 0;
  const rate = (which: "ours" | "floor") =>
    `${which} ${perSecond(texts, wall(which))} texts/s, ${megabytesPerSecond(raw, wall(which))}`;
  const ratio = (values: readonly number[]) =>
    `${median(values).toFixed(2)} (${values.map((value) => value.toFixed(2)).join(", ")})`;
  return [
    ...rows,
    ["rate", `median of ${rounds.length}: ${rate("ours")}; ${rate("floor")}`],
    ["ratio", `ours/floor, median of ${rounds.length}: wall ${ratio(ratios.wall)}, CPU ${ratio(ratios.cpu)}`],
  ];
}

function times({ wallSeconds, cpuSeconds }: { readonly wallSeconds: number; readonly cpuSeconds: number }): string {
  return `${wallSeconds.toFixed(2)} s wall, ${cpuSeconds.toFixed(2)} s CPU`;
}
