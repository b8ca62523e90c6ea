import { ExitCode, SoferError } from "@sofer/core";
import type { Library, SearchHit } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary, wantedLanguages, wantedLicenses } from "../open-library.ts";
import { renderExpanded, renderHit } from "../render/hits.ts";
import { Output } from "../render/output.ts";

const ALL_TYPES = "all";

/** What each hit is linked with, or null when nobody asked. */
function expandHits(hits: readonly SearchHit[], library: Library, { settings, own }: CommandContext) {
  const type = own["expand"];
  if (typeof type !== "string") return null;
  return hits.map((hit) =>
    library.expand(hit.title, hit.ref, {
      types: type === ALL_TYPES ? null : [type],
      limit: Number(own["max-links"]),
      languages: wantedLanguages(settings),
      ...wantedLicenses(settings),
    }),
  );
}

/** Said when no hit has a link of the type: whether any link has. */
function noLinks(library: Library, own: CommandContext["own"]): string {
  const type = String(own["expand"]);
  const types = library.linkAccount().types.map((row) => row.type);
  if (types.length === 0) return "the library has no links: sofer ingest --links brings them in";
  if (type === ALL_TYPES || types.some((name) => name.toLowerCase() === type.toLowerCase()))
    return `nothing found has a link${type === ALL_TYPES ? "" : ` of type "${type}"`}`;
  return `no link has the type "${type}"; there are ${types.map((name) => `"${name}"`).join(", ")}`;
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, own, typed, messages } = context;
  const query = typed.operands.join(" ").trim();
  if (query === "") throw new SoferError("usage", "nothing to search for", { hint: 'sofer search "שמע ישראל"' });
  const library = await openForReading(settings);
  try {
    const titles = titlesInLibrary(library, settings.titles);
    const hits = library.search(query, {
      limit: settings.maxResults,
      languages: wantedLanguages(settings),
      ...(titles === undefined ? {} : { titles }),
      ...wantedLicenses(settings),
    });
    const output = new Output();
    const expanded = expandHits(hits, library, context);
    for (const [index, hit] of hits.entries()) {
      const links = expanded?.[index];
      if (settings.json) output.json(links === undefined ? hit : { ...hit, expanded: links });
      else output.line(renderHit(hit, index + 1));
      if (!settings.json && links !== undefined && links.total > 0) output.line(renderExpanded(links));
    }
    output.flush();
    if (expanded !== null && hits.length > 0 && expanded.every((links) => links.total === 0))
      messages.info(noLinks(library, own));
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
  ownFlags: [
    {
      flag: "expand",
      kind: "string",
      unit: "",
      default: null,
      meaning: `Show what each hit is linked with, by links of this type (commentary, quotation …) or ${ALL_TYPES}.`,
    },
    { flag: "max-links", kind: "integer", unit: "", default: 10, min: 1, meaning: "Links shown with each hit." },
  ],
  examples: [
    'search "שמע ישראל"',
    'search "in the beginning" --languages en --max-results 5 --json',
    'search "בראשית ברא" --expand commentary',
  ],
  exitCodes: [[ExitCode.whole, "searched, whether or not something was found"], LIBRARY_CODE],
  run,
};
