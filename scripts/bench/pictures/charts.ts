import type { FieldMeasured } from "../field/measure.ts";
import { isComparable } from "../field/report.ts";
import { isFair, type FloorMeasured } from "../floor/measure.ts";
import { MOST_TIMES } from "../floor/report.ts";
import { median } from "../report-bucket.ts";
import { count } from "../report.ts";
import type { Machine } from "../setting.ts";
import { STATUS, HELP, NOTHING, type MeasuredStart } from "../start/measure.ts";
import type { MeasuredStages } from "../stages/measure.ts";
import { stagesOf } from "../stages/report.ts";
import type { BarChart, BarGroup } from "./bar-chart.ts";

/** No bar for what is not proven: it is left out, as its rate is in the report. */

const where = (machine: Machine, date: string): string =>
  `${machine.cores} cores, ${machine.cpu}, Bun ${machine.bun}, ${date}`;
const seconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;

export function floorChart(measured: FloorMeasured): BarChart {
  const groups = measured.routes
    .filter(({ rounds }) => isFair(rounds))
    .map(({ route, rounds }): BarGroup => {
      const ours = median(rounds.map((round) => round.ours.wallSeconds));
      const floor = median(rounds.map((round) => round.floor?.wallSeconds ?? Number.NaN));
      const ratio = median(rounds.map((round) => round.ours.wallSeconds / (round.floor?.wallSeconds ?? Number.NaN)));
      return {
        name: `by the ${route}`,
        bars: [
          {
            label: "sofer",
            value: ours,
            text: `${seconds(ours)}: ${ratio.toFixed(2)} times the floor's`,
            kind: "ours",
          },
          { label: "floor", value: floor, text: seconds(floor), kind: "other" },
        ],
        goal: { value: MOST_TIMES * floor, text: `goal: at most ${MOST_TIMES} times` },
      };
    });
  const texts = count(measured.routes[0]?.rounds[0]?.ours.segments ?? 0);
  const note = `${measured.input}, ${count(measured.books)} books, ${texts} texts; ${where(measured.machine, measured.date)}`;
  return { title: "A whole, proven library beside the least that has to be done: wall time", note, groups };
}

export function stagesChart(measured: MeasuredStages): BarChart {
  const stages = stagesOf(measured);
  const rest = 1 - stages.reduce((sum, { share }) => sum + share, 0);
  const bars = [...stages.map(({ name, share }) => ({ label: name, share })), { label: "the rest", share: rest }].map(
    ({ label, share }) => ({ label, value: share, text: `${(100 * share).toFixed(1)} %`, kind: "ours" as const }),
  );
  const note = `${measured.input}, ${count(measured.books)} books by the web service; ${where(measured.machine, measured.date)}`;
  const groups = stages.length === 0 ? [] : [{ name: "share of the whole run's CPU", bars }];
  return { title: "Where an ingest's time goes", note, groups };
}

export function startChart(measured: MeasuredStart): BarChart {
  const bars = measured.commands.map(({ name, starts }) => {
    const value = median(starts.map(({ firstMs }) => firstMs));
    const isGoal = name === HELP || name === STATUS;
    return {
      label: name,
      value,
      text: `${value.toFixed(0)} ms`,
      kind: isGoal ? ("ours" as const) : ("other" as const),
    };
  });
  const shown = bars.filter(({ label }) => [NOTHING, HELP, STATUS].includes(label));
  const note = `medians of ${measured.commands[0]?.starts.length ?? 0} starts; ${where(measured.machine, measured.date)}`;
  return {
    title: "From the start of a command to its first line",
    note,
    groups: [{ name: "milliseconds", bars: shown }],
  };
}

/** One group for each setting; the same cells by wall time, or by requests. */
export function fieldChart(measured: FieldMeasured, of: "wallSeconds" | "requests"): BarChart {
  const good = measured.cells.filter(isComparable);
  const settings = [...new Set(good.map(({ latencyMs, ratePerSecond }) => `${latencyMs}/${ratePerSecond}`))];
  // A pace and a latency change times, hardly ever how often somebody asks.
  const chosen = of === "requests" ? settings.slice(0, 1) : settings;
  const groups = chosen.map((setting): BarGroup => {
    const cells = good.filter(({ latencyMs, ratePerSecond }) => `${latencyMs}/${ratePerSecond}` === setting);
    const [first] = cells;
    const pace = first?.ratePerSecond === null ? "no pace" : `${first?.ratePerSecond} requests/s in all`;
    const bars = cells.map(({ contender, isOurs, runs }) => {
      const value = median(runs.map((run) => run[of]));
      const share = (100 * median(runs.map((run) => run.delivered.places))) / measured.expected;
      const text = of === "requests" ? count(value) : `${seconds(value)}; ${share.toFixed(1)} % delivered`;
      return { label: contender, value, text, kind: isOurs ? ("ours" as const) : ("other" as const) };
    });
    return {
      name: of === "requests" ? "requests, by the server's count" : `${first?.latencyMs} ms latency, ${pace}`,
      bars,
    };
  });
  const note = `generated library, ${measured.books} books, ${count(measured.expected)} places; ${where(measured.machine, measured.date)}`;
  const title =
    of === "requests" ? "How often the same books are asked for" : "The same books from the same server: wall time";
  return { title, note, groups };
}
