import { ExitCode, SoferError } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading } from "../open-library.ts";

async function run({ settings, own, typed, messages }: CommandContext): Promise<ExitCode> {
  const { namedSinks, pushEach, storedSinks, withSink } = await import("../answers/pushing.ts");
  (await openForReading(settings)).close();
  const { operands } = typed;
  if (operands.length > 0 && settings.to.length > 0) {
    throw new SoferError("usage", "push takes names of sinks or --to, not both", {
      hint: "names are of sinks that were pushed to before",
    });
  }
  const sinks = settings.to.length > 0 ? await namedSinks(settings) : await storedSinks(settings, operands);
  if (sinks.length === 0) {
    throw new SoferError("usage", "nothing was ever pushed", { hint: "give --to KIND[=options]" });
  }
  if (own["empty"] === true) {
    const [{ emptySink }, { withSender }] = await Promise.all([
      import("@sofer/engine"),
      import("../answers/sending.ts"),
    ]);
    for (const wanted of sinks) {
      const removed = await withSink(settings, wanted, (sink, spec) =>
        withSender(settings, messages, 0, (sender) => emptySink({ libraryPath: settings.library, sink, spec, sender })),
      );
      messages.info(`${wanted.request.name}: emptied of ${removed} chunks`);
    }
    return ExitCode.whole;
  }
  return pushEach(settings, messages, sinks);
}

export const push: Command = {
  name: "push",
  summary: "brings stores to what the library holds: sends what is new, removes what is gone",
  operands: "[NAME …]",
  maxOperands: 64,
  ownFlags: [
    {
      flag: "empty",
      kind: "boolean",
      unit: "",
      default: false,
      meaning: "Remove everything from the sink instead; it may then be used for other vectors.",
    },
  ],
  examples: [
    "push --to jsonl=chunks.jsonl",
    "push --to embedded --embed openai:text-embedding-3-small",
    "push",
    "push jsonl --titles Genesis",
  ],
  exitCodes: [
    [ExitCode.whole, "every sink has what the library has"],
    [ExitCode.failures, "something failed: status --failures names it; retry tries it again"],
    [ExitCode.usage, "wrong usage, or the store was made for other vectors"],
    [ExitCode.source, "the store refused or cannot be reached"],
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
