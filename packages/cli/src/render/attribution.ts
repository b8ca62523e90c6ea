import type { HeldVersion } from "@sofer/store";

/** What means something to Markdown inside a line: emphasis, code, links, HTML, entities, formulas, ends of cells and headings. */
const MARKS = /[\\`*_[\]<>#|~&$]/g;

/** Text of others, shown as it is: on one line, without mark-up of its own. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(MARKS, String.raw`\$&`);
}

/** A link if it is one; what is not an address of the web is shown as text. */
function link(text: string, url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return escapeMarkdown(url);
  const address = new URL(url).href.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("|", "%7C");
  return `[${escapeMarkdown(text)}](${address})`;
}

function source(version: HeldVersion): string {
  const given = version.versionSource?.trim() ?? "";
  const via = `via ${link("Sefaria.org", version.url)}`;
  return given === "" ? via : `${link(given, given)}, ${via}`;
}

/** ATTRIBUTION.md: what is held, under which licence, where it comes from. The same library gives the same file. */
export function* attributionLines(versions: Iterable<HeldVersion>): Generator<string> {
  yield "# Attribution";
  yield "";
  yield "Texts of this library, the versions they are taken from, and their licences as their publisher states them.";
  let title: string | undefined;
  for (const version of versions) {
    if (version.title !== title) {
      title = version.title;
      const heTitle = version.heTitle === "" ? "" : ` · ${escapeMarkdown(version.heTitle)}`;
      yield* ["", `## ${escapeMarkdown(version.title)}${heTitle}`, ""];
      yield* ["| version | language | licence | source |", "|---|---|---|---|"];
    }
    const license = version.license === "" ? "none stated" : version.license;
    const cells = [escapeMarkdown(version.versionTitle), escapeMarkdown(version.actualLanguage || version.language)];
    yield `| ${[...cells, escapeMarkdown(license), source(version)].join(" | ")} |`;
  }
}
