import { readFileSync } from "node:fs";
import { ExitCode, SoferError } from "@sofer/core";
import type { LibraryHash } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { Output } from "../render/output.ts";
import { counted } from "../render/table.ts";
import { writeWholeFile } from "../whole-file.ts";

function readLock(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SoferError("usage", `--check ${path} cannot be read`, {
      hint: "sofer hash --write makes one",
      cause: error,
    });
  }
}

/** The library's hash, and with `--versions` a line for each book and version. */
function tell(output: Output, hashes: LibraryHash, hasVersions: boolean, isJson: boolean): void {
  if (isJson) return output.json(hashes);
  if (hasVersions) {
    for (const book of hashes.books) {
      output.line(`${book.hash}  ${book.title}`);
      for (const row of book.versions) output.line(`${row.hash}  ${book.title}  ${row.language}|${row.versionTitle}`);
    }
  }
  output.line(hashes.library);
}

async function run({ settings, own, messages }: CommandContext): Promise<ExitCode> {
  const { check, write, versions } = own;
  if (typeof check === "string" && typeof write === "string") {
    throw new SoferError("usage", "--check and --write exclude each other");
  }
  const locked = typeof check === "string" ? readLock(check) : null;
  const library = await openForReading(settings);
  try {
    const { corpusLock, differencesOf, hashLibrary, readCorpusLock } = await import("@sofer/store");
    const titles = titlesInLibrary(library, settings.titles);
    if (typeof write === "string" && titles !== undefined) {
      throw new SoferError("usage", "--write locks the whole library: leave out --titles");
    }
    const lock = locked === null || typeof check !== "string" ? null : readCorpusLock(locked, check);
    const hashes = hashLibrary(library, titles);
    const output = new Output();
    if (lock === null) {
      tell(output, hashes, versions === true, settings.json);
      if (typeof write === "string") {
        writeWholeFile(write, corpusLock(hashes), "--write");
        messages.info(`${write}: ${counted(hashes.books.length, "book")}`);
      }
      output.flush();
      return ExitCode.whole;
    }
    const differences = differencesOf(lock, hashes, titles);
    for (const one of differences) {
      if (settings.json) output.json({ type: "difference", ...one });
      else output.line(`${one.sign} ${one.title}${one.version === null ? "" : `  ${one.version}`}  ${one.note}`);
    }
    if (settings.json) {
      output.json({ type: "report", library: hashes.library, locked: lock.library, differences: differences.length });
    } else {
      const said =
        differences.length === 0 ? "as locked" : `not as locked: ${counted(differences.length, "difference")}`;
      output.line(`${hashes.library}  ${said}`);
    }
    output.flush();
    return differences.length === 0 ? ExitCode.whole : ExitCode.failures;
  } finally {
    library.close();
  }
}

export const hash: Command = {
  name: "hash",
  summary: "one hash of all texts, whatever the history; kept in a file, or compared with one",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "versions",
      kind: "boolean",
      unit: "",
      default: false,
      meaning: "Also print the hash of each book and version; --json always does.",
    },
    {
      flag: "write",
      kind: "string",
      unit: "path",
      default: null,
      meaning: "Write the hashes of the library, its books and versions to this file, such as corpus.lock.",
    },
    {
      flag: "check",
      kind: "string",
      unit: "path",
      default: null,
      meaning: "Compare with such a file and name what differs.",
    },
  ],
  examples: ["hash", "hash --titles Genesis --json", "hash --write corpus.lock", "hash --check corpus.lock"],
  exitCodes: [
    [ExitCode.whole, "printed; with --check, nothing differs"],
    [ExitCode.failures, "with --check, something differs: - not here, + not locked, * another text"],
    LIBRARY_CODE,
  ],
  run,
};
