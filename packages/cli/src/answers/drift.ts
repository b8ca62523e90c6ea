import { ExitCode, SoferError, type SinkDrift } from "@sofer/core";
import type { CommandContext } from "../command.ts";
import { openForReading } from "../open-library.ts";
import { openReport } from "../report-file.ts";
import { renderDrift } from "../render/answers.ts";
import { Output } from "../render/output.ts";
import { pushEach, storedSinks, withSink, type WantedSink } from "./pushing.ts";
import { withSender } from "./sending.ts";

async function theSink(context: CommandContext, name: string): Promise<WantedSink> {
  const [wanted] = await storedSinks(context.settings, [name]);
  if (wanted === undefined) throw new SoferError("usage", `there is no sink ${name}`);
  return wanted;
}

/** `verify --sink`: a line for each record that is not as the ledger says, then the counts. */
export async function verifyStored(context: CommandContext, name: string): Promise<ExitCode> {
  const { settings, own, messages } = context;
  const { verifySink } = await import("@sofer/engine");
  const wanted = await theSink(context, name);
  const reportPath = own["report"];
  const file = openReport(typeof reportPath === "string" ? reportPath : null);
  const output = new Output();
  const tell = (drift: SinkDrift) => {
    file.write({ type: "drift", ...drift });
    if (settings.json) output.json({ type: "drift", ...drift });
    else output.line(`${drift.sign} ${drift.id}`);
  };
  const library = await openForReading(settings);
  try {
    const report = await withSink(settings, wanted, (sink, spec) =>
      withSender(settings, messages, 0, (sender) => verifySink({ library, sink, spec, sender, onDrift: tell })),
    );
    file.write({ type: "report", library: library.path, ...report });
    file.close();
    if (settings.json) output.json({ type: "report", library: library.path, ...report });
    else output.line(renderDrift(report));
    output.flush();
    return report.isWhole ? ExitCode.whole : ExitCode.failures;
  } finally {
    file.discard();
    library.close();
  }
}

/** `repair --sink`: what drifted is pushed again or removed, then compared once more. */
export async function repairStored(context: CommandContext, name: string): Promise<ExitCode> {
  const { settings, messages } = context;
  const { prepareSinkRepair } = await import("@sofer/engine");
  const wanted = await theSink(context, name);
  const drifts = await withSink(settings, wanted, (sink, spec) =>
    withSender(settings, messages, 0, (sender) =>
      prepareSinkRepair({ libraryPath: settings.library, sink, spec, sender }),
    ),
  );
  messages.info(`${name}: ${drifts.length} records had drifted`);
  const code = await pushEach(settings, messages, [wanted]);
  return code === ExitCode.whole ? verifyStored(context, name) : code;
}
