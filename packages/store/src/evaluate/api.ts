import type { Language } from "@sofer/core";

/**
 * A question with the places that answer it, one line of JSON in a file of them. `id`, `query` and `expected` are needed:
 *
 *     {"id":"q1","query":"שמע ישראל","expected":["Deuteronomy 6:4"],"best":"Deuteronomy 6:4","lang":"he","kind":"phrase",
 *      "category":"Tanakh","exclude":["Rashi on Deuteronomy 6:4:1"],"note":""}
 */
export interface Qrel {
  readonly id: string;
  readonly query: string;
  /** Refs: segments, ranges or sections. What lies in one of them answers the question. */
  readonly expected: readonly string[];
  /** The one of them that is wanted most; null: all alike. */
  readonly best: string | null;
  readonly language: Language | null;
  /** What sort of question it is; "" where nobody says. */
  readonly kind: string;
  /** Of the expected places; "" where nobody says. */
  readonly category: string;
  /** Refs that do not count, such as the place that the question was taken from. */
  readonly exclude: readonly string[];
}

/** What is measured: anything that gives refs for a query. */
export interface EvaluatedEngine {
  readonly name: string;
  /** Hits, best first, each with the refs of its segments. More than `limit` are not looked at. */
  search(query: string, limit: number): readonly (readonly string[])[] | Promise<readonly (readonly string[])[]>;
}

/** Means over questions. Each is between 0 and 1. */
export interface Scores {
  readonly queries: number;
  /** Share of the questions of which an expected place is the first hit, among the first five, among the first ten. */
  readonly success1: number;
  readonly success5: number;
  readonly success10: number;
  /** Share of the expected places that are among the first ten hits, and the first twenty. */
  readonly recall10: number;
  readonly recall20: number;
  /** 1 over the rank of the first expected place; 0 when it is not among the first twenty. */
  readonly mrr: number;
  /** Discounted gain of the first ten hits over the greatest possible; `best` counts twice. */
  readonly ndcg10: number;
}

export interface EvaluatedQuery {
  readonly id: string;
  readonly engine: string;
  readonly kind: string;
  readonly language: string;
  readonly category: string;
  /** Of the first expected place, from 1; null: not among the first twenty. */
  readonly rank: number | null;
  readonly scores: Omit<Scores, "queries">;
  /** What the engine threw, which is worth nothing; null. */
  readonly failure: string | null;
}

export interface EvaluationGroup {
  readonly engine: string;
  /** `all`, or what the questions have in common. */
  readonly by: "all" | "kind" | "language" | "category" | "language and category";
  readonly name: string;
  readonly scores: Scores;
}

export interface Evaluation {
  readonly groups: readonly EvaluationGroup[];
  readonly queries: readonly EvaluatedQuery[];
  /** Expected refs that are no place of the library: nothing can find them, and they count as not found. */
  readonly unknownRefs: readonly string[];
}
