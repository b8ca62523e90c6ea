import { ExitCode } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";

async function run({ settings, messages }: CommandContext): Promise<ExitCode> {
  const [{ embedExitCodes, embedWith }, { tellEmbedded }] = await Promise.all([
    import("../answers/embedding.ts"),
    import("../render/answers.ts"),
  ]);
  const { openForReading } = await import("../open-library.ts");
  // A library that is not there is not made by embedding it.
  (await openForReading(settings)).close();
  const receipt = await embedWith(settings, messages, settings.profiles ?? ["vector"]);
  tellEmbedded(settings, receipt);
  return embedExitCodes[receipt.outcome];
}

export const embed: Command = {
  name: "embed",
  summary: "gives the library's chunks vectors; what has one already is not asked for again",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: [
    "embed --embed google:gemini-embedding-001 --dimensions 768 --max-cost 5",
    "embed --embed openai-compatible:nomic-embed-text --embed-url http://127.0.0.1:11434/v1",
  ],
  exitCodes: [
    [ExitCode.whole, "every chunk has its vector"],
    [ExitCode.failures, "some texts failed: status --failures names them"],
    [ExitCode.usage, "wrong usage, or it would cost more than --max-cost"],
    [ExitCode.source, "the embedder refused or cannot be reached"],
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
