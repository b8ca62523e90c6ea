import { ExitCode, LANGUAGES, SoferError, type Settings } from "@sofer/core";
import type { Library, NearestChunk, SearchHit, SearchRequest, SearchWarning } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading, titlesInLibrary, wantedLanguages, wantedLicenses } from "../open-library.ts";
import { answerLine, hasBold, hitLine, renderExpanded, renderHit, renderTotal } from "../render/hits.ts";
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

function requestOf(
  query: string,
  library: Library,
  settings: Settings,
  nearest: readonly NearestChunk[] | null,
): SearchRequest {
  const titles = titlesInLibrary(library, settings.titles);
  return {
    query,
    limit: settings.maxResults,
    isExact: settings.exactWords,
    grouping: settings.group,
    engine: settings.by,
    ...(nearest === null ? {} : { nearest }),
    ...(settings.languages.length === LANGUAGES.length ? {} : { languages: wantedLanguages(settings) }),
    ...(titles === undefined ? {} : { titles }),
    ...(settings.categories === null ? {} : { categories: settings.categories }),
    ...(settings.versionTitles === null ? {} : { versions: settings.versionTitles }),
    ...(settings.within === null ? {} : { within: settings.within }),
    ...wantedLicenses(settings),
  };
}

/** The warning's words, with the part of the query that it is about. */
function warningText(query: string, { message, at }: SearchWarning): string {
  return at === null ? message : `${message} (at ${at[0] + 1}: ${query.slice(...at)})`;
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, own, typed, messages } = context;
  const query = typed.operands.join(" ").trim();
  if (query === "") throw new SoferError("usage", "nothing to search for", { hint: 'sofer search "שמע ישראל"' });
  const library = await openForReading(settings);
  try {
    const nearest =
      settings.by === "lexical"
        ? null
        : await (await import("../answers/meaning.ts")).nearestTo(query, library, context);
    const answer = library.search(requestOf(query, library, settings, nearest));
    const { hits } = answer;
    const output = new Output();
    const expanded = expandHits(hits, library, context);
    const isBold = hasBold();
    for (const [index, hit] of hits.entries()) {
      const links = expanded?.[index];
      if (settings.json) output.json(links === undefined ? hitLine(hit) : { ...hitLine(hit), expanded: links });
      else output.styledLine(renderHit(hit, index + 1, isBold));
      if (!settings.json && links !== undefined && links.total > 0) output.line(renderExpanded(links));
    }
    if (settings.json) output.json(answerLine(answer));
    output.flush();
    for (const warning of answer.warnings) messages.warn(warningText(query, warning));
    if (expanded !== null && hits.length > 0 && expanded.every((links) => links.total === 0))
      messages.info(noLinks(library, own));
    if (hits.length === 0) messages.info(`nothing found for "${query}"`);
    else messages.detail(renderTotal(answer));
    return ExitCode.whole;
  } finally {
    library.close();
  }
}

export const search: Command = {
  name: "search",
  summary: "finds segments by their words, Hebrew with or without vowel marks, or by their meaning",
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
    "search Berakhot 2a",
    'search "who may light a lamp" --by hybrid',
    "search '\"lamp of the wicked\" OR NEAR(candle night, 5) -oil' --categories Mishnah",
    'search "שְׁמַע" --exact-words --within "Deuteronomy 4-11"',
  ],
  exitCodes: [
    [ExitCode.whole, "searched, whether or not something was found"],
    [ExitCode.source, "the embedder refused or cannot be reached"],
    LIBRARY_CODE,
  ],
  run,
};
