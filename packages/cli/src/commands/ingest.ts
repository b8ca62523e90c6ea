import { ExitCode, SoferError, type Settings } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import type { Messages } from "../render/messages.ts";

/** In place of a path: the files of links that the export bucket has. */
const FROM_BUCKET = "bucket";

async function run({ settings, own, typed, messages }: CommandContext): Promise<ExitCode> {
  const links = own["links"] as readonly string[];
  if (links.includes(FROM_BUCKET) && links.length > 1) {
    throw new SoferError("usage", `--links takes ${FROM_BUCKET} or saved files, not both`, {
      hint: "the export's own files replace saved ones of the same name; run ingest once with each",
    });
  }
  const [{ prepareTail }, { ingestWith }] = await Promise.all([
    import("../answers/tail.ts"),
    import("../run-ingest.ts"),
  ]);
  const bring = async (of: Settings): Promise<ExitCode> => {
    const tail = await prepareTail(of, messages);
    const code = await (links.length === 0 ? ingestWith(of, messages) : withLinks(of, messages, links));
    if (tail === null || (code !== ExitCode.whole && code !== ExitCode.failures)) return code;
    const after = await tail.run();
    return after > code ? after : code;
  };
  if (!settings.demo) return bring(settings);
  const { startDemo } = await import("../demo.ts");
  const demo = await startDemo(settings, typed.flags["library"] !== undefined);
  try {
    messages.info(`demo: generated books from ${demo.settings.baseUrl} into ${demo.settings.library}`);
    return await bring(demo.settings);
  } finally {
    await demo.stop();
  }
}

async function withLinks(settings: Settings, messages: Messages, said: readonly string[]): Promise<ExitCode> {
  const { ingestWithLinks } = await import("../ingest-links.ts");
  const paths = said.filter((word) => word !== FROM_BUCKET);
  return ingestWithLinks(settings, messages, paths, said.includes(FROM_BUCKET));
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
