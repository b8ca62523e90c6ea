import { ExitCode, SoferError, type Settings } from "@sofer/core";
import type { LinkFile, LoadedLinkFile } from "@sofer/engine";
import type { LinkAccount } from "@sofer/store";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { startDemo } from "../demo.ts";
import { renderLinkAccount, renderLinkFile, renderLinkTypes } from "../render/links.ts";
import type { Messages } from "../render/messages.ts";
import { Output } from "../render/output.ts";
import { watchSignals } from "../signals.ts";
import { ingestWith } from "../run-ingest.ts";

async function run({ settings, own, typed, messages }: CommandContext): Promise<ExitCode> {
  const links = own["links"] as readonly string[];
  if (links.includes(FROM_BUCKET) && links.length > 1) {
    throw new SoferError("usage", `--links takes ${FROM_BUCKET} or saved files, not both`, {
      hint: "the export's own files replace saved ones of the same name; run ingest once with each",
    });
  }
  const { prepareTail } = await import("../answers/tail.ts");
  const bring = async (of: Settings): Promise<ExitCode> => {
    const tail = await prepareTail(of, messages);
    const code = await (links.length === 0 ? ingestWith(of, messages) : ingestWithLinks(of, messages, links));
    if (tail === null || (code !== ExitCode.whole && code !== ExitCode.failures)) return code;
    const after = await tail.run();
    return after > code ? after : code;
  };
  if (!settings.demo) return bring(settings);
  const demo = await startDemo(settings, typed.flags["library"] !== undefined);
  try {
    messages.info(`demo: generated books from ${demo.settings.baseUrl} into ${demo.settings.library}`);
    return await bring(demo.settings);
  } finally {
    await demo.stop();
  }
}

/** In place of a path: the files of links that the export bucket has. */
const FROM_BUCKET = "bucket";

/** Books first, so that links find their places; their own exit code stands. */
async function ingestWithLinks(settings: Settings, messages: Messages, said: readonly string[]): Promise<ExitCode> {
  const { savedLinkFiles } = await import("../link-files.ts");
  const files = await savedLinkFiles(said.filter((word) => word !== FROM_BUCKET));
  const code = await ingestWith(settings, messages);
  if (code !== ExitCode.whole && code !== ExitCode.failures) return code;
  const account = await bringLinks(settings, messages, said.includes(FROM_BUCKET) ? null : files);
  const output = new Output();
  if (settings.json) output.json({ type: "links", ...account });
  else output.line(`${renderLinkAccount(account)}\n\n${renderLinkTypes(account)}`);
  output.flushOrGone();
  return code;
}

/** @param files saved ones; null: the bucket's. */
async function bringLinks(
  settings: Settings,
  messages: Messages,
  files: readonly LinkFile[] | null,
): Promise<LinkAccount> {
  const { loadBucketLinks, loadLinkFiles } = await import("@sofer/engine");
  const onFile = (file: LoadedLinkFile) => messages.info(renderLinkFile(file));
  if (files !== null) return loadLinkFiles({ libraryPath: settings.library, files, onFile });
  const { composeRoad } = await import("../compose.ts");
  const stopped = new AbortController();
  const stop = () => stopped.abort(new SoferError("interrupted", "stopped while links came; what is stored is kept"));
  const signals = watchSignals(stop, stop);
  try {
    return await loadBucketLinks({ ...composeRoad(settings), onFile, signal: stopped.signal });
  } finally {
    signals.dispose();
  }
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
      meaning:
        "Bring links too, of which a side is in the library: from saved links files of the export (.csv, .csv.gz), or, " +
        "with the word `bucket`, from the export itself (hundreds of MB, downloaded when they have changed).",
    },
  ],
  examples: [
    "ingest --demo",
    "ingest --demo --embed openai-compatible:any --to embedded",
    "ingest --titles Genesis",
    "ingest --titles Jonah Ruth --versions all --languages he",
    "ingest --titles Genesis --links links0.csv.gz",
    "ingest --titles Tanakh --links bucket",
    "ingest --titles category:Mishnah --source service --rate 2",
    "ingest --titles Ruth --embed openai:text-embedding-3-small --to embedded",
  ],
  exitCodes: [
    [ExitCode.whole, "done, and all that was promised is there"],
    [ExitCode.failures, "finished, but something failed: status --failures names it"],
    [ExitCode.usage, "wrong usage, an unknown title, or a plan above --max-requests, --max-bytes or --max-cost"],
    SOURCE_CODE,
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
