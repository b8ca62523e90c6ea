import type { Occurrence } from "./find-terms.ts";

/** BM25's two constants, as FTS5 has them: how soon more of the same word stops counting, how much length does. */
const K1 = 1.2;
const B = 0.75;
/** Words of a text on average: 39 in the 253 real books. */
const AVERAGE_WORDS = 39;
/**
 * What words count that all stand side by side in the query's order, against the same words far apart: what is searched
 * for is nearly always a phrase.
 */
const CLOSENESS = 3;
/** Of a pair of words in the other order. */
const TURNED = 0.5;

/** How rare a term is, as BM25 has it; never below 0. */
export function rarity(textsWithTerm: number, texts: number): number {
  return Math.log(1 + (Math.max(0, texts - textsWithTerm) + 0.5) / (textsWithTerm + 0.5));
}

export interface TextScore {
  readonly score: number;
  /** The greatest weight of a form that stands there. */
  readonly bestWeight: number;
  /** Of the rarity of all terms, what it has: 1 for all of them. */
  readonly share: number;
  /** Indexes of the terms that stand there. */
  readonly terms: ReadonlySet<number>;
}

/**
 * What a text is worth for a query: BM25 over the terms, each form counting by its weight, times how close together the
 * terms stand, times the share of the query's rarity that it has.
 * @param rarities of the terms, by index
 */
export function scoreText(found: readonly Occurrence[], words: number, rarities: readonly number[]): TextScore {
  const amounts = new Map<number, number>();
  let bestWeight = 0;
  for (const { term, weight } of found) {
    amounts.set(term, (amounts.get(term) ?? 0) + weight);
    bestWeight = Math.max(bestWeight, weight);
  }
  const norm = K1 * (1 - B + (B * words) / AVERAGE_WORDS);
  let sum = 0;
  let has = 0;
  for (const [term, amount] of amounts) {
    const rare = rarities[term] ?? 0;
    sum += (rare * amount * (K1 + 1)) / (amount + norm);
    has += rare;
  }
  const all = rarities.reduce((total, rare) => total + rare, 0);
  const share = all === 0 ? 1 : has / all;
  return {
    score: sum * (1 + CLOSENESS * closeness(found, rarities.length)) * share,
    bestWeight,
    share,
    terms: new Set(amounts.keys()),
  };
}

/** 1 when all terms stand side by side in their order, near 0 when they stand far apart. Of one term, 0. */
function closeness(found: readonly Occurrence[], terms: number): number {
  if (terms < 2) return 0;
  const byTerm = Array.from({ length: terms }, (): Occurrence[] => []);
  for (const one of found) byTerm[one.term]?.push(one);
  let sum = 0;
  for (let term = 1; term < terms; term++) sum += nearest(byTerm[term - 1] ?? [], byTerm[term] ?? []);
  return sum / (terms - 1);
}

/** How near two terms come, both lists in the order of the text. */
function nearest(first: readonly Occurrence[], second: readonly Occurrence[]): number {
  let best = 0;
  let next = 0;
  for (const { at, length, weight } of first) {
    while (next < second.length && (second[next]?.at ?? 0) < at + length) next++;
    const behind = second[next];
    if (behind !== undefined) best = Math.max(best, Math.min(weight, behind.weight) / (1 + behind.at - at - length));
    const before = second[next - 1];
    if (before !== undefined && before.at < at)
      best = Math.max(
        best,
        (TURNED * Math.min(weight, before.weight)) / Math.max(1, at - before.at - before.length + 1),
      );
  }
  return best;
}
