import { median } from "../report-bucket.ts";
import { megabytes, renderRows } from "../report.ts";
import { HELP, NOTHING, STATUS, type MeasuredStart, type StartedCommand } from "./measure.ts";

/** Milliseconds to the first line, by command. */
const GOALS: Readonly<Record<string, number>> = { [HELP]: 80, [STATUS]: 150 };

function firstMs({ starts }: StartedCommand): number {
  return median(starts.map((start) => start.firstMs));
}

/** How many times as much as the runtime alone, command by command. */
export function startRatios(
  { commands }: MeasuredStart,
  of: "firstMs" | "cpuMs" = "firstMs",
): ReadonlyMap<string, number> {
  const nothing = commands.find(({ name }) => name === NOTHING);
  if (nothing === undefined) return new Map();
  const middle = ({ starts }: StartedCommand) => median(starts.map((start) => start[of]));
  const others = commands.filter((command) => command !== nothing);
  return new Map(others.map((command) => [command.name, middle(command) / middle(nothing)]));
}

export function isPrompt({ commands }: MeasuredStart): boolean {
  return Object.entries(GOALS).every(([name, most]) =>
    commands.some((command) => command.name === name && firstMs(command) < most),
  );
}

export function renderStartReport(measured: MeasuredStart): string {
  const { machine, commands, loadBefore } = measured;
  const ratios = startRatios(measured);
  const rows = commands.map((command): readonly [string, string] => {
    const middle = (of: "wallMs" | "cpuMs") => median(command.starts.map((start) => start[of])).toFixed(0);
    const ratio = ratios.get(command.name);
    const goal = GOALS[command.name];
    const first = firstMs(command);
    return [
      command.name,
      `${first.toFixed(0)} ms to the first line, ${middle("wallMs")} ms to the end, ${middle("cpuMs")} ms CPU` +
        (ratio === undefined ? "" : `; ${ratio.toFixed(1)}x ${NOTHING}`) +
        (goal === undefined ? "" : `; below ${goal} ms: ${first < goal ? "yes" : "NO"}`),
    ];
  });
  return [
    renderRows([
      ["date", measured.date],
      ["machine", `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`],
      ["runtime", `Bun ${machine.bun}; load before ${loadBefore.toFixed(2)}`],
      [
        "input",
        `medians of ${commands[0]?.starts.length ?? 0} starts, in turns; status of a library with three generated books`,
      ],
    ]),
    renderRows(rows),
  ].join("\n\n");
}
