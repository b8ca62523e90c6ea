import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { Output } from "../render/output.ts";
import { renderVerify } from "../render/verify.ts";

async function run({ settings }: CommandContext): Promise<ExitCode> {
  const library = await openForReading(settings);
  try {
    const { verifyLibrary } = await import("@sofer/engine");
    const titles = titlesInLibrary(library, settings.titles);
    const report = await verifyLibrary(library, titles === undefined ? null : new Set(titles));
    const output = new Output();
    if (settings.json) {
      const { lines, ...totals } = report;
      for (const line of lines) output.json({ type: "difference", ...line });
      output.json({ type: "report", ...totals, differences: lines.length });
    } else {
      output.line(renderVerify(report));
    }
    output.flush();
    return report.isWhole ? ExitCode.whole : ExitCode.failures;
  } finally {
    library.close();
  }
}

export const verify: Command = {
  name: "verify",
  summary: "checks every text of the library against what the source promised and answered",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["verify", "verify --titles Genesis --json"],
  exitCodes: [
    [ExitCode.whole, "every segment is accounted for and unchanged"],
    [ExitCode.failures, "something is missing or differs: - missing, + only here, * differs, ! failed"],
    LIBRARY_CODE,
  ],
  run,
};
