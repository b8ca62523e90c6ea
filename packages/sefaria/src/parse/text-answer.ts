import {
  SoferError,
  labelsOf,
  versionId,
  type AnsweredVersion,
  type ErrorFields,
  type Path,
  type TextAnswer,
  type TextRequest,
} from "@sofer/core";
import { tallyAnswer } from "../conservation.ts";
import type { JsonAnswer } from "../http/exchange.ts";
import { checkTextsAnswer, type TextsAnswer } from "../wire/texts.ts";
import { parseVersionMeta } from "./version-meta.ts";

/**
 * A text answer, checked to be what was asked for (sefaria-api, section 12).
 * @throws SoferError `wrong-ref`, `wrong-depth`, `empty-where-promised`, `wire-shape`
 */
export function parseTextAnswer(request: TextRequest, answer: JsonAnswer): TextAnswer {
  const { url } = answer;
  const wire = checkTextsAnswer(answer.json, url);
  checkPlace(request, wire, url);
  if (wire.textDepth !== undefined && wire.textDepth !== request.leaf.depth) {
    throw new SoferError(
      "wrong-depth",
      `"${request.leaf.title}" is answered with depth ${wire.textDepth}, its schema says ${request.leaf.depth}`,
      { url, hint: "the book's schema may have changed: ask for it again" },
    );
  }
  const tallies = tallyAnswer(answer.body);
  if (tallies.length !== wire.versions.length) {
    const counted = `${tallies.length} versions counted in the raw answer, ${wire.versions.length} parsed`;
    throw new SoferError("wire-shape", `the text answer cannot be counted: ${counted}`, { url });
  }
  const versions = wire.versions.map((version, index): AnsweredVersion => {
    const raw = tallies[index];
    if (raw === undefined) throw new SoferError("internal", "a tally is missing", { url });
    return { meta: parseVersionMeta(version, url), text: "text" in version ? version.text : [], raw };
  });
  refuseTwins(versions, url);
  // Named versions may rightly be empty here; only all of them together are what the shape promised.
  if (request.promised && request.versions === "all" && versions.every((version) => version.raw.count === 0)) {
    throw emptyWherePromised(request, { url });
  }
  const neighbours = [wire.prev, wire.next].filter((ref) => typeof ref === "string");
  return { versions, missing: missingTitles(request, versions), neighbours, bytes: answer.bytes, sourceTag: url };
}

/** Of two texts of one version only one could be stored. */
function refuseTwins(versions: readonly AnsweredVersion[], url: string): void {
  const seen = new Set<string>();
  for (const { meta } of versions) {
    const id = versionId(meta);
    if (seen.has(id)) throw new SoferError("wire-shape", `the text answer has two versions that are ${id}`, { url });
    seen.add(id);
  }
}

/** What a 404 means: nothing is there, unless something was promised. */
export function answerOfNotFound(request: TextRequest, error: SoferError): TextAnswer {
  const url = error.url ?? "";
  if (request.promised) throw emptyWherePromised(request, { url, status: 404, cause: error });
  return { versions: [], missing: missingTitles(request, []), neighbours: [], bytes: 0, sourceTag: url };
}

function emptyWherePromised(request: TextRequest, fields: ErrorFields): SoferError {
  return new SoferError(
    "empty-where-promised",
    `no text came for "${request.leaf.title}", though its counts promise some`,
    {
      ...fields,
      hint: "the publisher's cache may be older than its counts: try again in a day",
    },
  );
}

function missingTitles(request: TextRequest, versions: readonly AnsweredVersion[]): string[] {
  if (request.versions === "all") return [];
  const answered = new Set(versions.map((version) => version.meta.versionTitle));
  return request.versions.filter((title) => !answered.has(title));
}

/**
 * When the end of a reference does not parse, the service answers for what does: `Genesis foo` brings the whole book.
 * So the answer's place is compared; for a range by its labels, because the service writes daf ranges in another way.
 */
function checkPlace(request: TextRequest, wire: TextsAnswer, url: string): void {
  const { leaf, range } = request;
  const isRight =
    range === null
      ? wire.ref === leaf.title && wire.sections.length === 0
      : isUnder(wire.ref, leaf.title) &&
        hasLabels(wire.sections, labelsOf(leaf, range.from)) &&
        hasLabels(wire.toSections, labelsOf(leaf, range.to));
  if (isRight) return;
  const asked =
    range === null ? leaf.title : `${leaf.title} ${dotted(request, range.from)}-${dotted(request, range.to)}`;
  throw new SoferError("wrong-ref", `asked for "${asked}", answered for "${wire.ref}"`, { url });
}

function isUnder(ref: string, title: string): boolean {
  return ref.startsWith(title) && /^ [^ ,]+$/.test(ref.slice(title.length));
}

function hasLabels(sections: TextsAnswer["sections"], labels: readonly string[]): boolean {
  return sections.length === labels.length && sections.every((section, level) => String(section) === labels[level]);
}

function dotted(request: TextRequest, path: Path): string {
  return labelsOf(request.leaf, path).join(":");
}
