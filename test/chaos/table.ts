import type { Route } from "./cases.ts";
import type { Outcome } from "./run-case.ts";

/** One case of the table. */
export interface Line extends Outcome {
  readonly name: string;
  readonly rate: number;
  readonly route: Route;
  /** Requests that may be made. */
  readonly most: number;
  readonly seconds: number;
}

const ORDER: readonly Route[] = ["service", "bucket"];

/** The table of docs/reliability.md. */
export function renderTable(lines: readonly Line[]): string {
  const sorted = lines.toSorted(
    (a, b) => ORDER.indexOf(a.route) - ORDER.indexOf(b.route) || a.name.localeCompare(b.name) || a.rate - b.rate,
  );
  const rows = sorted.map((line) =>
    [
      line.name,
      line.route,
      `${line.rate} %`,
      line.faults,
      line.kills,
      line.rounds,
      `${line.requests} (${line.most})`,
      line.lost,
      line.duplicated,
      line.altered,
      line.silent + line.silentAtRoundEnd,
      line.isHashEqual ? "equal" : "DIFFERENT",
    ].join(" | "),
  );
  const sum = (of: (line: Line) => number) =>
    lines.reduce((total, line) => total + of(line), 0).toLocaleString("en-US");
  return [
    `${lines.length} cases, ${sum((line) => line.faults)} faults, ${sum((line) => line.kills)} kills, ${sum((line) => line.requests)} requests; ` +
      `lost ${sum((line) => line.lost)}, duplicated ${sum((line) => line.duplicated)}, altered ${sum((line) => line.altered)}, silent ${sum((line) => line.silent + line.silentAtRoundEnd)} of ${sum((line) => line.expected)} texts.`,
    "",
    "| what goes wrong | route | of requests | faults | kills | commands | requests (allowed) | lost | duplicated | altered | silent | library |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}
