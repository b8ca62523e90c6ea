import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";

async function run({ settings, typed }: CommandContext): Promise<ExitCode> {
  const { planWith } = await import("../run-plan.ts");
  if (!settings.demo) return planWith(settings);
  const { startDemo } = await import("../demo.ts");
  const demo = await startDemo(settings, typed.flags["library"] !== undefined);
  try {
    return await planWith(demo.settings);
  } finally {
    await demo.stop();
  }
}

export const plan: Command = {
  name: "plan",
  summary: "what ingest would do: books, requests, bytes and time, without fetching a text",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: [
    "plan --titles Genesis Exodus",
    "plan --titles category:Mishnah --exact --json",
    "plan --titles Genesis --embed openai:text-embedding-3-small --max-cost 2",
  ],
  exitCodes: [
    [ExitCode.whole, "planned"],
    [ExitCode.usage, "wrong usage, an unknown title, or a plan above --max-requests, --max-bytes or --max-cost"],
    SOURCE_CODE,
    LIBRARY_CODE,
  ],
  run,
};
