import { ExitCode, type Settings } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { startDemo } from "../demo.ts";
import { renderLinkAccount, renderLinkFile, renderLinkTypes } from "../render/links.ts";
import type { Messages } from "../render/messages.ts";
import { Output } from "../render/output.ts";
import { ingestWith } from "../run-ingest.ts";

async function run({ settings, own, typed, messages }: CommandContext): Promise<ExitCode> {
  if (!settings.demo) {
    const files = own["links"] as readonly string[];
    if (files.length === 0) return ingestWith(settings, messages);
    return ingestWithLinks(settings, messages, files);
  }
  const demo = await startDemo(settings, typed.flags["library"] !== undefined);
  try {
    messages.info(`demo: generated books from ${demo.settings.baseUrl} into ${demo.settings.library}`);
    return await ingestWith(demo.settings, messages);
  } finally {
    await demo.stop();
  }
}

/** Books first, so that links find their places; their own exit code stands. */
async function ingestWithLinks(settings: Settings, messages: Messages, paths: readonly string[]): Promise<ExitCode> {
  const { savedLinkFiles } = await import("../link-files.ts");
  const files = await savedLinkFiles(paths);
  const code = await ingestWith(settings, messages);
  if (code !== ExitCode.whole && code !== ExitCode.failures) return code;
  const { loadLinkFiles } = await import("@sofer/engine");
  const account = await loadLinkFiles({
    libraryPath: settings.library,
    files,
    onFile: (file) => messages.info(renderLinkFile(file)),
  });
  const output = new Output();
  if (settings.json) output.json({ type: "links", ...account });
  else output.line(`${renderLinkAccount(account)}\n\n${renderLinkTypes(account)}`);
  output.flushOrGone();
  return code;
}

export const ingest: Command = {
  name: "ingest",
  summary: "brings books into the library and checks them; again, it continues what is missing",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "links",
      kind: "list",
      unit: "path",
      default: [],
      meaning: "Saved links files of the export (.csv, .csv.gz): rows that touch a book of the library are brought in.",
    },
  ],
  examples: [
    "ingest --demo",
    "ingest --titles Genesis",
    "ingest --titles Jonah Ruth --versions all --languages he",
    "ingest --titles Genesis --links links0.csv.gz",
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
