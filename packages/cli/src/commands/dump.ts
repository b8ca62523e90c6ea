import { CHUNK_PROFILES, ExitCode, SoferError } from "@sofer/core";
import type { Library } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary, wantedLanguages } from "../open-library.ts";
import { Output } from "../render/output.ts";

const KINDS = ["segments", "chunks", "links"] as const;
type Kind = (typeof KINDS)[number];

/** Flags that would be without effect, by kind: silently ignoring one gives rows nobody asked for. */
const REFUSED: Readonly<Record<Kind, readonly string[]>> = {
  segments: ["profile"],
  chunks: [],
  links: ["profile", "titles", "languages"],
};

function kindOf({ typed }: CommandContext): Kind {
  const word = typed.operands[0];
  const kind = KINDS.find((name) => name === word);
  if (kind === undefined) {
    const said = word === undefined ? "say what to dump" : `cannot dump ${word}`;
    throw new SoferError("usage", `${said}: ${KINDS.join(", ")}`, { hint: "for example sofer dump segments" });
  }
  const unused = REFUSED[kind].find((name) => typed.flags[name] !== undefined);
  if (unused !== undefined) throw new SoferError("usage", `--${unused} does not apply to dump ${kind}`);
  return kind;
}

function* rowsOf(kind: Kind, library: Library, { settings, own }: CommandContext): Iterable<unknown> {
  if (kind === "links") return yield* library.links();
  const titles = titlesInLibrary(library, settings.titles);
  const byTitle = titles === undefined ? {} : { titles };
  if (kind === "segments") return yield* library.segments({ ...byTitle, languages: wantedLanguages(settings) });
  const profile = own["profile"];
  for (const chunk of library.chunks({ ...byTitle, ...(typeof profile === "string" ? { profile } : {}) })) {
    if (settings.languages.includes(chunk.language)) yield chunk;
  }
}

async function run(context: CommandContext): Promise<ExitCode> {
  const kind = kindOf(context);
  const library = await openForReading(context.settings);
  try {
    const output = new Output();
    for (const row of rowsOf(kind, library, context)) output.json(row);
    output.flush();
    return ExitCode.whole;
  } finally {
    library.close();
  }
}

export const dump: Command = {
  name: "dump",
  summary: "the library's rows as JSON lines, in reading order, in a stable format",
  operands: KINDS.join("|"),
  maxOperands: 1,
  ownFlags: [
    {
      flag: "profile",
      kind: "enum",
      choices: CHUNK_PROFILES.map((profile) => profile.name),
      unit: "",
      default: null,
      meaning: "Only chunks of this profile; without it, of both.",
    },
  ],
  examples: ["dump segments --titles Genesis | head -3", "dump chunks --profile vector > chunks.jsonl"],
  exitCodes: [[ExitCode.whole, "all rows were written, or the reader had enough"], LIBRARY_CODE],
  run,
};
