import type { Scores } from "./api.ts";

/** Hits that are looked at. */
export const LOOKED_AT = 20;

/** An expected place: its worth, and the ranks (from 1) of the hits that have it, ascending. */
export interface ExpectedPlace {
  readonly grade: number;
  readonly ranks: readonly number[];
}

/** Of one question, by the places of its expected places in the list. */
export function scoresOf(expected: readonly ExpectedPlace[]): Omit<Scores, "queries"> {
  const first = Math.min(...expected.map(({ ranks }) => ranks[0] ?? Number.POSITIVE_INFINITY));
  const success = (most: number) => (first <= most ? 1 : 0);
  const recall = (most: number) =>
    expected.length === 0 ? 0 : expected.filter(({ ranks }) => (ranks[0] ?? most + 1) <= most).length / expected.length;
  return {
    success1: success(1),
    success5: success(5),
    success10: success(10),
    recall10: recall(10),
    recall20: recall(LOOKED_AT),
    mrr: first <= LOOKED_AT ? 1 / first : 0,
    ndcg10: normalisedGain(expected, 10),
  };
}

/** Each hit gains what the expected places are worth that it is the first to have, less the later it comes. */
function normalisedGain(expected: readonly ExpectedPlace[], most: number): number {
  const gain = expected.reduce((sum, { grade, ranks }) => sum + discounted(grade, ranks[0] ?? most + 1, most), 0);
  const greatest = expected
    .map(({ grade }) => grade)
    .toSorted((a, b) => b - a)
    .reduce((sum, grade, index) => sum + discounted(grade, index + 1, most), 0);
  // A hit of several segments may have several places at once: no list of single places is better than the best of them.
  return greatest === 0 ? 0 : Math.min(1, gain / greatest);
}

function discounted(grade: number, rank: number, most: number): number {
  return rank > most ? 0 : grade / Math.log2(rank + 1);
}

/** The mean of each score over questions. */
export function meanOf(scores: readonly Omit<Scores, "queries">[]): Scores {
  const mean = (of: (one: Omit<Scores, "queries">) => number) =>
    scores.length === 0 ? 0 : scores.reduce((sum, one) => sum + of(one), 0) / scores.length;
  return {
    queries: scores.length,
    success1: mean((one) => one.success1),
    success5: mean((one) => one.success5),
    success10: mean((one) => one.success10),
    recall10: mean((one) => one.recall10),
    recall20: mean((one) => one.recall20),
    mrr: mean((one) => one.mrr),
    ndcg10: mean((one) => one.ndcg10),
  };
}
