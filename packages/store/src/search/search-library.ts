import type { Database } from "bun:sqlite";
import { SoferError } from "@sofer/core";
import { parseQuery, renderQuery } from "@sofer/text";
import type { RankedSegment, SearchAnswer, SearchEngine, SearchRequest, SearchWarning } from "./api.ts";
import { hitOfGroup, hitOfPlace } from "./assemble.ts";
import { cite, type CitedPlace, type Citing } from "./cite.ts";
import { scopeOf, type SearchScope } from "./filters.ts";
import { fuse, ownRank } from "./fuse.ts";
import { groupSegments } from "./group.ts";
import type { Judge } from "./judge.ts";
import { rankLexical, type LexicalRanking } from "./rank-lexical.ts";
import { rankNearest } from "./rank-nearest.ts";

/**
 * Searches the library: a ref that is typed answers with its place first, then come the segments that the words find.
 * The same library and request give the same answer. What is odd about the query is said in the answer's warnings.
 * @throws SoferError `usage`: nothing wanted in the query, or a filter that names nothing of the library
 */
export function searchLibrary(database: Database, request: SearchRequest): SearchAnswer {
  const { query, limit } = request;
  const within = request.within === undefined ? null : placeWithin(database, request.within);
  const scope = scopeOf(database, request, within);
  const { node, warnings: odd } = parseQuery(query);
  const warnings: SearchWarning[] = [...odd];
  const citing = cite(database, query);
  if (citing !== null && citing.kind !== "place") warnings.push(noPlace(citing));
  if (scope.isEmpty)
    warnings.push({ code: "filter-empty", message: "no version of the library fits the filters", at: null });
  const ranking =
    node === null || scope.isEmpty
      ? NOTHING
      : rankLexical(database, node, {
          scope,
          limit,
          exactOf: request.isExact === true ? query : null,
          // Of a citation the words are names and numbers: only texts that cite the same are worth showing with it.
          canLackWords: citing?.kind !== "place",
        });
  const { engine = "lexical" } = request;
  const segments = segmentsBy(engine, ranking, nearestOf(database, request, scope, ranking.judge));
  const top = (segments[0]?.score ?? 0) + 1;
  const place = citing?.kind === "place" ? hitOfPlace(database, citing.place, query, scope, top) : null;
  const grouping = request.grouping ?? (engine === "vector" ? "chunk" : "passage");
  const hits = groupSegments(database, segments, grouping, limit)
    .map((group) => hitOfGroup(database, group, scope, ranking.judge))
    // The place itself may have the words, too.
    .filter((hit) => hit.ref !== place?.ref);
  return {
    readAs: renderQuery(node),
    engine,
    warnings: [...warnings, ...ranking.warnings],
    isBounded: ranking.isBounded,
    total: ranking.total,
    hits: (place === null ? hits : [place, ...hits]).slice(0, Math.max(0, limit)),
  };
}

const NOTHING: Omit<LexicalRanking, "judge"> & { readonly judge: null } = {
  segments: [],
  warnings: [],
  isBounded: false,
  total: { texts: 0, isAtLeast: false },
  judge: null,
};

function nearestOf(
  database: Database,
  { engine = "lexical", nearest }: SearchRequest,
  scope: SearchScope,
  judge: Judge | null,
): readonly RankedSegment[] {
  if (engine === "lexical" || scope.isEmpty) return [];
  if (nearest === undefined)
    throw new SoferError("internal", `${engine} search was asked for without the chunks nearest to the query`);
  return rankNearest(database, nearest, scope, judge);
}

function segmentsBy(
  engine: SearchEngine,
  { segments }: Pick<LexicalRanking, "segments">,
  nearest: readonly RankedSegment[],
): readonly RankedSegment[] {
  if (engine === "lexical") return segments;
  if (engine === "vector") return nearest;
  return fuse([
    { segments, rankOf: ownRank },
    { segments: nearest, rankOf: ownRank },
  ]);
}

function placeWithin(database: Database, ref: string): CitedPlace {
  const citing = cite(database, ref);
  if (citing?.kind === "place") return citing.place;
  throw new SoferError("usage", `"${ref}" is no place of the library to search in`, {
    hint: citing?.kind === "book" ? `name a whole book with titles: ${citing.title}` : "for example Genesis 1-3",
  });
}

function noPlace(citing: Exclude<Citing, { kind: "place" }>): SearchWarning {
  return citing.kind === "book"
    ? {
        code: "book-title",
        message: `${citing.title} is a book; with a section after it (${citing.title} 1) its place comes first`,
        at: null,
      }
    : { code: "no-such-place", message: `the library has no text of ${citing.title} at that place`, at: null };
}
