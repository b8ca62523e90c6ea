import { comparePaths, type Path } from "@sofer/core";
import type { Citations } from "../api.ts";
import type { EvaluatedEngine, EvaluatedQuery, Evaluation, EvaluationGroup, Qrel } from "./api.ts";
import { LOOKED_AT, meanOf, scoresOf } from "./metrics.ts";

interface Stretch {
  readonly nodeId: number;
  readonly from: Path;
  readonly to: Path;
}

/**
 * Asks every engine every question and compares what it finds with what is expected: two refs agree when their places
 * overlap. An engine that throws has found nothing, and that is said.
 */
export async function evaluate(
  citations: Pick<Citations, "find">,
  qrels: readonly Qrel[],
  engines: readonly EvaluatedEngine[],
  onQuery?: (done: number) => void,
): Promise<Evaluation> {
  const known = new Map<string, Stretch | null>();
  const placeOf = (ref: string): Stretch | null => {
    const before = known.get(ref);
    if (before !== undefined) return before;
    const found = citations.find(ref);
    const place = "none" in found ? null : { nodeId: found.at.nodeId, from: found.from, to: found.to };
    known.set(ref, place);
    return place;
  };
  const queries: EvaluatedQuery[] = [];
  let done = 0;
  for (const qrel of qrels) {
    for (const engine of engines) queries.push(await evaluateOne(qrel, engine, placeOf));
    onQuery?.(++done);
  }
  const unknownRefs = [...new Set(qrels.flatMap((qrel) => qrel.expected))].filter((ref) => placeOf(ref) === null);
  return { groups: engines.flatMap((engine) => groupsOf(engine.name, queries)), queries, unknownRefs };
}

async function evaluateOne(
  qrel: Qrel,
  engine: EvaluatedEngine,
  placeOf: (ref: string) => Stretch | null,
): Promise<EvaluatedQuery> {
  const { found, failure } = await ask(engine, qrel);
  const excluded = placesOf(qrel.exclude, placeOf);
  const hits = found
    .map((refs) => placesOf(refs, placeOf))
    // Where the question comes from does not count, and takes no place in the list.
    .filter((places) => places.length > 0 && !places.some((place) => excluded.some((other) => overlap(place, other))))
    .slice(0, LOOKED_AT);
  const expected = qrel.expected.map((ref) => {
    const place = placeOf(ref);
    const ranks = hits.flatMap((places, index) =>
      place !== null && places.some((other) => overlap(place, other)) ? [index + 1] : [],
    );
    return { grade: ref === qrel.best ? 2 : 1, ranks };
  });
  const first = Math.min(...expected.flatMap(({ ranks }) => ranks));
  return {
    id: qrel.id,
    engine: engine.name,
    kind: qrel.kind,
    language: qrel.language ?? "",
    category: qrel.category,
    rank: Number.isFinite(first) ? first : null,
    scores: scoresOf(expected),
    failure,
  };
}

async function ask(engine: EvaluatedEngine, qrel: Qrel) {
  try {
    const limit = LOOKED_AT + qrel.exclude.length;
    const found = await engine.search(qrel.query, limit);
    return { found: found.slice(0, limit), failure: null };
  } catch (thrown) {
    return { found: [], failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function placesOf(refs: readonly string[], placeOf: (ref: string) => Stretch | null): Stretch[] {
  return refs.flatMap((ref) => placeOf(ref) ?? []);
}

/** Whether two stretches of places share one; a place contains what lies below it. */
function overlap(a: Stretch, b: Stretch): boolean {
  return a.nodeId === b.nodeId && !isBefore(a.to, b.from) && !isBefore(b.to, a.from);
}

/** Whether all of a place lies before another: it does not when it contains that. */
function isBefore(a: Path, b: Path): boolean {
  return comparePaths(a, b) < 0 && a.some((step, level) => step !== b[level]);
}

function groupsOf(engine: string, all: readonly EvaluatedQuery[]): EvaluationGroup[] {
  const queries = all.filter((query) => query.engine === engine);
  const groups: EvaluationGroup[] = [
    { engine, by: "all", name: "all", scores: meanOf(queries.map((query) => query.scores)) },
  ];
  const add = (by: EvaluationGroup["by"], nameOf: (query: EvaluatedQuery) => string) => {
    const named = Map.groupBy(
      queries.filter((query) => nameOf(query).trim() !== ""),
      nameOf,
    );
    for (const [name, of] of [...named].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      groups.push({ engine, by, name, scores: meanOf(of.map((query) => query.scores)) });
  };
  add("kind", (query) => query.kind);
  add("language", (query) => query.language);
  add("category", (query) => query.category);
  add("language and category", (query) =>
    query.category === "" || query.language === "" ? "" : `${query.language} ${query.category}`,
  );
  return groups;
}
