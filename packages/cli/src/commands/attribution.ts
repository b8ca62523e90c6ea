import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { attributionLines } from "../render/attribution.ts";
import { Output } from "../render/output.ts";
import { writeWholeFile } from "../whole-file.ts";

async function run({ settings, own, messages }: CommandContext): Promise<ExitCode> {
  const library = await openForReading(settings);
  try {
    const versions = library.heldVersions(titlesInLibrary(library, settings.titles));
    const path = own["output"];
    if (typeof path === "string") {
      writeWholeFile(path, `${[...attributionLines(versions)].join("\n")}\n`, "--output");
      messages.info(`written: ${path}`);
      return ExitCode.whole;
    }
    const output = new Output();
    if (settings.json) for (const version of versions) output.json(version);
    else for (const line of attributionLines(versions)) output.line(line);
    output.flush();
    return ExitCode.whole;
  } finally {
    library.close();
  }
}

export const attribution: Command = {
  name: "attribution",
  summary: "the versions held, with licence and source, as a page to publish",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "output",
      kind: "string",
      unit: "path",
      default: null,
      meaning: "Write the page to this file instead of stdout.",
    },
  ],
  examples: ["attribution --output ATTRIBUTION.md", "attribution --titles Genesis", "attribution --json"],
  exitCodes: [[ExitCode.whole, "written"], LIBRARY_CODE],
  run,
};
