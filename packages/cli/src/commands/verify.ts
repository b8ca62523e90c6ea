import { ExitCode } from "@sofer/core";
import type { VerifyLine, VerifyOptions } from "@sofer/engine";
import { LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { openReport } from "../report-file.ts";
import { BookProgress } from "../render/book-progress.ts";
import { Output } from "../render/output.ts";
import { renderLine, renderVerify } from "../render/verify.ts";

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, own, messages } = context;
  if (typeof own["sink"] === "string") return (await import("../answers/drift.ts")).verifyStored(context, own["sink"]);
  const library = await openForReading(settings);
  const reportPath = own["report"];
  const report = openReport(typeof reportPath === "string" ? reportPath : null);
  const output = new Output();
  try {
    const { verifyDeeply, verifyLibrary } = await import("@sofer/engine");
    const titles = titlesInLibrary(library, settings.titles) ?? null;
    const progress = new BookProgress("verified", titles?.length ?? library.counts().books, settings, messages);
    const tell = (line: VerifyLine) => {
      report.write({ type: "difference", ...line });
      if (settings.json) output.json({ type: "difference", ...line });
      else output.line(renderLine(line));
    };
    const options: VerifyOptions = { library, titles, onLine: tell, onBook: (title) => progress.book(title) };
    const found =
      own["deep"] === true
        ? await verifyDeeply({ ...options, ...(await (await import("../compose.ts")).composeRoad(settings)) })
        : await verifyLibrary(options);
    progress.close();
    report.write({ type: "report", library: library.path, ...found });
    report.close();
    if (settings.json) output.json({ type: "report", library: library.path, ...found });
    else output.line(renderVerify(found));
    output.flush();
    return found.isWhole ? ExitCode.whole : ExitCode.failures;
  } finally {
    report.discard();
    library.close();
  }
}

export const verify: Command = {
  name: "verify",
  summary: "checks every text of the library against what the source promised and answered",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "sink",
      kind: "string",
      unit: "",
      default: null,
      meaning: "Compare the ledger of this sink with what the store holds, instead of the texts.",
    },
    {
      flag: "deep",
      kind: "boolean",
      unit: "",
      default: false,
      meaning: "Also compare with the source as it is now: checksums of the bucket's files, answers of the service.",
    },
    {
      flag: "report",
      kind: "string",
      unit: "path",
      default: null,
      meaning: "Also write what was found to this file, as JSON lines: sofer repair reads it.",
    },
  ],
  examples: [
    "verify",
    "verify --titles Genesis --json",
    "verify --report found.jsonl",
    "verify --deep --titles Ruth",
    "verify --sink embedded",
  ],
  exitCodes: [
    [ExitCode.whole, "every segment is accounted for and unchanged"],
    [ExitCode.failures, "something is missing or differs: - missing, + only here, * differs, ! failed"],
    SOURCE_CODE,
    LIBRARY_CODE,
  ],
  run,
};
