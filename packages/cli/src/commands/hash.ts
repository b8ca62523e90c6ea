import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { Output } from "../render/output.ts";

async function run({ settings }: CommandContext): Promise<ExitCode> {
  const library = await openForReading(settings);
  try {
    const { hashLibrary } = await import("@sofer/store");
    const titles = titlesInLibrary(library, settings.titles);
    const hashes = hashLibrary(library, titles);
    const output = new Output();
    if (settings.json) output.json(hashes);
    else output.line(hashes.library);
    output.flush();
    return ExitCode.whole;
  } finally {
    library.close();
  }
}

export const hash: Command = {
  name: "hash",
  summary: "one hash of all texts, the same whatever the history; --json adds each book's",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["hash", "hash --titles Genesis --json"],
  exitCodes: [[ExitCode.whole, "printed"], LIBRARY_CODE],
  run,
};
