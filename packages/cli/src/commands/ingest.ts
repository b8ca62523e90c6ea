import { ExitCode } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { startDemo } from "../demo.ts";
import { ingestWith } from "../run-ingest.ts";

async function run({ settings, typed, messages }: CommandContext): Promise<ExitCode> {
  if (!settings.demo) return ingestWith(settings, messages);
  const demo = await startDemo(settings, typed.flags["library"] !== undefined);
  try {
    messages.info(`demo: generated books from ${demo.settings.baseUrl} into ${demo.settings.library}`);
    return await ingestWith(demo.settings, messages);
  } finally {
    await demo.stop();
  }
}

export const ingest: Command = {
  name: "ingest",
  summary: "brings books into the library and checks them; again, it continues what is missing",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: [
    "ingest --demo",
    "ingest --titles Genesis",
    "ingest --titles Jonah Ruth --versions all --languages he",
    "ingest --titles category:Mishnah --source service --rate 2",
  ],
  exitCodes: [
    [ExitCode.whole, "done, and all that was promised is there"],
    [ExitCode.failures, "finished, but something failed: status --failures names it"],
    [ExitCode.usage, "wrong usage, an unknown title, or a plan above --max-requests or --max-bytes"],
    SOURCE_CODE,
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
