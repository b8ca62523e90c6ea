import { ExitCode, SoferError } from "@sofer/core";
import type { SearchHit } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary, wantedLanguages } from "../open-library.ts";
import { renderHit } from "../render/hits.ts";
import { Output } from "../render/output.ts";

/** Hits looked at when only some licences are wanted, which the index does not know. */
const HITS_BEFORE_LICENCES = 10_000;

function withLicences(hits: readonly SearchHit[], licenses: readonly string[] | null): SearchHit[] {
  if (licenses === null) return [...hits];
  return hits
    .map((hit) => ({ ...hit, versions: hit.versions.filter((version) => licenses.includes(version.license)) }))
    .filter((hit) => hit.versions.length > 0);
}

async function run({ settings, typed, messages }: CommandContext): Promise<ExitCode> {
  const query = typed.operands.join(" ").trim();
  if (query === "") throw new SoferError("usage", "nothing to search for", { hint: 'sofer search "שמע ישראל"' });
  const library = await openForReading(settings);
  try {
    const titles = titlesInLibrary(library, settings.titles);
    const found = library.search(query, {
      limit: settings.licenses === null ? settings.maxResults : HITS_BEFORE_LICENCES,
      languages: wantedLanguages(settings),
      ...(titles === undefined ? {} : { titles }),
    });
    const hits = withLicences(found, settings.licenses).slice(0, settings.maxResults);
    const output = new Output();
    for (const [index, hit] of hits.entries()) {
      if (settings.json) output.json(hit);
      else output.line(renderHit(hit, index + 1));
    }
    output.flush();
    if (hits.length === 0) messages.info(`nothing found for "${query}"`);
    return ExitCode.whole;
  } finally {
    library.close();
  }
}

export const search: Command = {
  name: "search",
  summary: "finds segments by their words, Hebrew with or without vowel marks",
  operands: "WORDS",
  maxOperands: Number.POSITIVE_INFINITY,
  ownFlags: [],
  examples: ['search "שמע ישראל"', 'search "in the beginning" --languages en --max-results 5 --json'],
  exitCodes: [[ExitCode.whole, "searched, whether or not something was found"], LIBRARY_CODE],
  run,
};
