import { median } from "../report-bucket.ts";
import { count, megabytes, renderRows } from "../report.ts";
import type { FieldCell, FieldMeasured, FieldRun } from "./measure.ts";

/** At one pace for all and with this latency a walker takes so many times as long as we. */
export const AT_LATENCY_MS = 50;
export const LEAST_TIMES_LONGER = 10;
/** And sends so many times as many requests. */
export const LEAST_TIMES_REQUESTS = 20;
export const WALKER = "walk-processes";
/** The bucket is another host, which keeps files: what it is asked spares the service. */
const SERVICE = "ours, service";

/** One contender's time or requests over ours, in one cell. */
export interface FieldRatio {
  readonly latencyMs: number;
  readonly ratePerSecond: number | null;
  readonly ours: string;
  readonly other: string;
  readonly wall: number;
  readonly requests: number;
}

/** True when there is something to compare: ours is proven whole, another one at least came to its end. */
export function isComparable({ isOurs, runs }: FieldCell): boolean {
  const isGood = (run: FieldRun) => (isOurs ? run.exitCode === 0 && run.isWhole === true : run.exitCode <= 1);
  return runs.length > 0 && runs.every((run) => isGood(run) && run.delivered.places > 0);
}

const middle = (runs: readonly FieldRun[], of: (run: FieldRun) => number): number => median(runs.map(of));

/** Every other contender over each of ours, cell by cell. */
export function fieldRatios({ cells }: FieldMeasured): FieldRatio[] {
  const good = cells.filter(isComparable);
  return good
    .filter(({ isOurs }) => isOurs)
    .flatMap((ours) =>
      good
        .filter((other) => !other.isOurs && isSameSetting(other, ours))
        .map((other) => ({
          latencyMs: ours.latencyMs,
          ratePerSecond: ours.ratePerSecond,
          ours: ours.contender,
          other: other.contender,
          wall: middle(other.runs, (run) => run.wallSeconds) / middle(ours.runs, (run) => run.wallSeconds),
          requests: middle(other.runs, (run) => run.requests) / middle(ours.runs, (run) => run.requests),
        })),
    );
}

function isSameSetting(a: FieldCell, b: FieldCell): boolean {
  return a.latencyMs === b.latencyMs && a.ratePerSecond === b.ratePerSecond;
}

export interface FieldGoal {
  readonly name: string;
  /** null: nothing was measured that could say. */
  readonly isMet: boolean | null;
  readonly found: string;
}

export function fieldGoals(measured: FieldMeasured): FieldGoal[] {
  const ratios = fieldRatios(measured);
  const isBroken = measured.cells.some((cell) => cell.isOurs && !isComparable(cell));
  const goal = (name: string, chosen: readonly FieldRatio[], of: (ratio: FieldRatio) => number, least: number) => {
    const found = chosen.map((ratio) => `${of(ratio).toFixed(1)} (${ratio.ours}, ${settingName(ratio)})`).join(", ");
    const isMet = isBroken ? false : chosen.length === 0 ? null : chosen.every((ratio) => of(ratio) >= least);
    return { name, isMet, found: found === "" ? "not measured" : found };
  };
  const paced = ratios.filter((ratio) => ratio.ratePerSecond !== null && ratio.latencyMs === AT_LATENCY_MS);
  const peers = ratios.filter((ratio) => ratio.ratePerSecond === null && ratio.other.startsWith("peer"));
  const worst = [...new Set(peers.map(({ latencyMs }) => latencyMs))].flatMap((latencyMs) =>
    peers
      .filter((ratio) => ratio.latencyMs === latencyMs)
      .toSorted((a, b) => a.wall - b.wall)
      .slice(0, 1),
  );
  const ofWalker = (ratio: FieldRatio) => ratio.other === WALKER;
  return [
    goal(
      `at one pace and ${AT_LATENCY_MS} ms, ${WALKER} takes at least ${LEAST_TIMES_LONGER} times as long`,
      paced.filter(ofWalker),
      (ratio) => ratio.wall,
      LEAST_TIMES_LONGER,
    ),
    goal(
      "without a pace, no peer is faster than ours (the least ratio at each latency)",
      worst,
      (ratio) => ratio.wall,
      1,
    ),
    goal(
      `${WALKER} sends at least ${LEAST_TIMES_REQUESTS} times as many requests to the web service`,
      ratios.filter((ratio) => ofWalker(ratio) && ratio.ours === SERVICE),
      (ratio) => ratio.requests,
      LEAST_TIMES_REQUESTS,
    ),
  ];
}

/** What could not be measured is no miss. */
export function isAhead(measured: FieldMeasured): boolean {
  return measured.cells.length > 0 && fieldGoals(measured).every(({ isMet }) => isMet !== false);
}

function settingName({ latencyMs, ratePerSecond }: Pick<FieldCell, "latencyMs" | "ratePerSecond">): string {
  return `${latencyMs} ms, ${ratePerSecond === null ? "no pace" : `${ratePerSecond} requests/s in all`}`;
}

const COLUMNS = [
  "",
  "wall",
  "CPU",
  "peak",
  "requests",
  "bytes",
  "in flight",
  "conns",
  "texts",
  "delivered",
  "proof",
  "runs",
];

export function renderFieldReport(measured: FieldMeasured): string {
  const { machine, expected } = measured;
  const settings = [...new Set(measured.cells.map(settingName))];
  const links = measured.isLinked ? "texts and links" : "texts only: this sandbox does not answer for links by section";
  return [
    renderRows([
      ["date", measured.date],
      ["machine", `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`],
      ["runtime", `Bun ${machine.bun}`],
      ["input", `generated library: ${measured.books} books, ${count(expected)} places with a primary text; ${links}`],
      ...measured.absent.map(({ name, why }) => ["left out", `${name}: ${why}`] as const),
    ]),
    ...settings.map((setting) => {
      const cells = measured.cells.filter((cell) => settingName(cell) === setting);
      return `${setting}\n${renderTable([COLUMNS, ...cells.map((cell) => lineOf(cell, expected, cells))])}`;
    }),
    renderRows(
      fieldGoals(measured).map(({ name, isMet, found }) => [
        isMet === null ? "goal ?" : isMet ? "goal met" : "goal MISSED",
        `${name}: ${found}`,
      ]),
    ),
  ].join("\n\n");
}

function lineOf(cell: FieldCell, expected: number, others: readonly FieldCell[]): string[] {
  const { runs, contender } = cell;
  const of = (value: (run: FieldRun) => number) => middle(runs, value);
  const peak = cell.watched.memory?.bytes ?? Number.NaN;
  const proof = runs.every(({ isWhole }) => isWhole === null)
    ? "none"
    : runs.every(({ isWhole }) => isWhole === true)
      ? "whole"
      : "NOT WHOLE";
  const codes = [...new Set(runs.map(({ exitCode }) => exitCode))].filter((code) => code !== 0);
  return [
    contender,
    `${of((run) => run.wallSeconds).toFixed(2)} s`,
    `${of((run) => run.cpuSeconds).toFixed(2)} s`,
    Number.isNaN(peak) ? "?" : megabytes(peak),
    count(of((run) => run.requests)),
    megabytes(of((run) => run.bytes)),
    count(of((run) => run.maxInFlight)),
    count(of((run) => run.connections)),
    count(of((run) => run.delivered.texts)),
    `${((100 * of((run) => run.delivered.places)) / expected).toFixed(1)} %`,
    proof + (codes.length === 0 ? "" : `, exit code ${codes.join(", ")}`),
    `${runs.length}${timesOurs(cell, others)}`,
  ];
}

/** How many times the time of ours by the service it took; nothing beside a run that is not whole. */
function timesOurs(cell: FieldCell, others: readonly FieldCell[]): string {
  const ours = others.find(({ isOurs }) => isOurs);
  if (ours === undefined || cell.isOurs || !isComparable(ours) || !isComparable(cell)) return "";
  const wall = middle(cell.runs, (run) => run.wallSeconds) / middle(ours.runs, (run) => run.wallSeconds);
  return `; ${wall.toFixed(1)}x ours by the service`;
}

function renderTable(lines: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const isLeft = (column: number) => column === 0 || column >= COLUMNS.length - 2;
  return lines
    .map((line) =>
      line
        .map((value, column) =>
          isLeft(column) ? value.padEnd(widths[column] ?? 0) : value.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
