import type { Database } from "bun:sqlite";
import type { QueryNode, QueryTerm } from "@sofer/text";
import type { RankedSegment } from "./api.ts";
import type { TextScore } from "./score-text.ts";
import type { SearchedTerm } from "./term-forms.ts";
import { worthOf } from "./worth.ts";

/** What each doubling of a segment's matching versions adds: many editions are a sign of a central text. */
const PER_DOUBLING = 0.25;

/** A candidate's text, with what it is worth by itself. */
export interface FoundText {
  readonly id: number;
  readonly segmentId: number;
  readonly versionId: number;
  readonly score: TextScore;
}

/** Segments by the best of their texts, those of central books first. */
export function orderSegments(
  database: Database,
  texts: readonly FoundText[],
  node: QueryNode,
  terms: readonly SearchedTerm[],
): RankedSegment[] {
  const isOneTerm = terms.length === 1;
  const worth = worthOf(database);
  const segments = [...Map.groupBy(texts, (text) => text.segmentId)].map(([segmentId, found]) => {
    const factor = (1 + PER_DOUBLING * Math.log2(found.length)) * worth(found[0]?.versionId ?? 0);
    const scores = new Map(
      found.map(({ id, score }) => [id, isOneTerm ? byForm(score, factor) : score.score * factor] as const),
    );
    const have = new Set(found.flatMap((text) => [...text.score.terms]));
    const missing = terms.filter(({ term }, index) => !have.has(index) && isNeeded(node, term));
    return {
      segmentId,
      score: Math.max(...scores.values()),
      texts: scores,
      missing: missing.map(({ term }) => term.written),
    };
  });
  return segments
    .toSorted((a, b) => b.score - a.score || a.segmentId - b.segmentId)
    .map(({ missing, ...segment }, index) => ({ ...segment, why: [{ by: "lexical", rank: index + 1, missing }] }));
}

/** Whether every hit ought to have the term: an alternative need not. */
export function isNeeded(node: QueryNode, term: QueryTerm): boolean {
  return node.kind === "all" && node.wanted.includes(term);
}

/** Of one word: above 1 where the word stands as it is, between a half and 1 with letters added, below without some. */
function byForm({ score, bestWeight }: TextScore, factor: number): number {
  const value = score * factor;
  if (bestWeight >= 1) return 1 + value;
  return (bestWeight >= 0.5 ? 0.5 : 0) + (0.5 * value) / (1 + value);
}
