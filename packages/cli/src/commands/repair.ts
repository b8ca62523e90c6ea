import { readFileSync } from "node:fs";
import { ExitCode, resolveSettings, SoferError, type Settings } from "@sofer/core";
import type { RepairPlan, VerifyLine, VerifyReport } from "@sofer/engine";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading } from "../open-library.ts";
import { Output } from "../render/output.ts";
import { renderLine } from "../render/verify.ts";
import { counted } from "../render/table.ts";
import { repeatable } from "./retry.ts";

/** The differences of a report file. @throws SoferError `usage` for a file that is none */
async function readReport(path: string): Promise<VerifyLine[]> {
  const { isVerifyLine } = await import("@sofer/engine");
  const wrong = (message: string, cause?: unknown) =>
    new SoferError("usage", message, { hint: "sofer verify --report FILE writes one", ...(cause ? { cause } : {}) });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw wrong(`--report ${path} cannot be read`, error);
  }
  const lines: VerifyLine[] = [];
  let isWhole = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw wrong(`--report ${path}: line ${index + 1} is not JSON`, error);
    }
    if (isVerifyLine(value)) lines.push(value);
    else if (typeof value === "object" && value !== null && "type" in value && value.type === "report") isWhole = true;
    else throw wrong(`--report ${path}: line ${index + 1} is no difference of a verification`);
  }
  if (!isWhole) throw wrong(`--report ${path} does not end as a report does`);
  return lines;
}

/** What the last run said, then what was typed now, then what the damaged texts were first brought with. */
function settingsFor(
  { settings, typed }: CommandContext,
  last: string | null,
  run: RepairPlan["runs"][number],
): Settings {
  const { report: _report, sink: _sink, ...flags } = typed.flags;
  const file = last === null ? {} : repeatable(last);
  const merged = resolveSettings({ flags, env: process.env, file }, "repair");
  const source = merged.source === "auto" && run.isBucket ? "bucket" : merged.source;
  // Rows that the source never had are to vanish; books stay, whatever the source has dropped.
  const maxDelete = Math.max(merged.maxDelete, 99);
  return { ...merged, source, maxDelete, library: settings.library, titles: run.titles, ...run.choice };
}

async function verifyAgain(settings: Settings, titles: readonly string[], onLine: (line: VerifyLine) => void) {
  const { verifyLibrary } = await import("@sofer/engine");
  const library = await openForReading(settings);
  try {
    const known = titles.filter((title) => library.book(title) !== null);
    return await verifyLibrary({ library, titles: known, onLine });
  } finally {
    library.close();
  }
}

function tell(settings: Settings, report: VerifyReport, remaining: readonly VerifyLine[], asked: number): void {
  const output = new Output();
  if (settings.json) {
    for (const line of remaining) output.json({ type: "difference", ...line });
    output.json({ type: "report", asked, remaining: remaining.length, ...report });
  } else {
    for (const line of remaining) output.line(renderLine(line));
    output.line(
      report.isWhole
        ? `repaired: ${counted(asked, "difference")} in ${counted(report.books, "book")}, which are whole now`
        : `${counted(remaining.length, "difference")} left, of ${asked} that the report named`,
    );
  }
  output.flush();
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, own, messages } = context;
  if (typeof own["sink"] === "string") return (await import("../answers/drift.ts")).repairStored(context, own["sink"]);
  const path = own["report"];
  if (typeof path !== "string") {
    throw new SoferError("usage", "repair needs --report FILE or --sink NAME", {
      hint: "sofer verify --report FILE writes one",
    });
  }
  const lines = await readReport(path);
  if (lines.length === 0) {
    messages.info("nothing to repair");
    return ExitCode.whole;
  }
  const [{ planRepair, prepareRepair, repairLocally }, { runRoad }] = await Promise.all([
    import("@sofer/engine"),
    import("../run-ingest.ts"),
  ]);
  const library = await openForReading(settings);
  let plan: RepairPlan;
  let last: string | null;
  try {
    plan = planRepair(library, lines);
    last = library.runs(1)[0]?.settings ?? null;
  } finally {
    library.close();
  }
  for (const line of plan.left) messages.warn(`left as it is: ${renderLine(line)}`);
  prepareRepair(settings.library, plan);
  for (const one of plan.runs) {
    messages.info(`bringing again what is damaged in: ${one.titles.join(", ")}`);
    const receipt = await runRoad(settingsFor(context, last, one), messages, false);
    if (receipt.outcome === "interrupted") return ExitCode.interrupted;
  }
  repairLocally(settings.library);
  const remaining: VerifyLine[] = [];
  const report = await verifyAgain(settings, plan.titles, (line) => {
    if (line.about !== "beyond") remaining.push(line);
  });
  tell(settings, report, remaining, lines.length);
  return report.isWhole && plan.left.length === 0 ? ExitCode.whole : ExitCode.failures;
}

export const repair: Command = {
  name: "repair",
  summary: "mends exactly what a report of verify names, then checks those books again",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "sink",
      kind: "string",
      unit: "",
      default: null,
      meaning: "Mend this sink: what the store has lost or changed is pushed again, what only it has is removed.",
    },
    {
      flag: "report",
      kind: "string",
      unit: "path",
      default: null,
      meaning: "The report that verify --report wrote: texts it names are brought again, chunks and index made anew.",
    },
  ],
  examples: ["repair --report found.jsonl", "repair --sink embedded"],
  exitCodes: [
    [ExitCode.whole, "what the report named is mended, or it named nothing"],
    [ExitCode.failures, "something is still not whole: it is named"],
    [ExitCode.usage, "wrong usage, or a file that is no report"],
    SOURCE_CODE,
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
