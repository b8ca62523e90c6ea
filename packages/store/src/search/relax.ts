import type { QueryNode, QueryTerm } from "@sofer/text";
import type { SearchedTerm } from "./term-forms.ts";

/** Texts that may have one of the rarest words, when texts that lack words are looked at. */
const RELAXED_TEXTS = 10_000;

/** In exact search exclusions are judged by how words are written, which the index does not know. */
export function withoutExcluded(node: QueryNode): QueryNode {
  switch (node.kind) {
    case "all":
      return { ...node, wanted: node.wanted.map(withoutExcluded), excluded: [] };
    case "any":
      return { ...node, nodes: node.nodes.map(withoutExcluded) };
    default:
      return node;
  }
}

/**
 * The query with its rarest words as alternatives: what has some of them, the more the better by its score. Only of a
 * plain list; brackets, OR and NEAR say exactly what is wanted, and so do quotation marks: phrases stay needed. null: that
 * would be nothing new.
 */
export function withoutSomeWords(node: QueryNode, terms: readonly SearchedTerm[]): QueryNode | null {
  if (node.kind !== "all" || node.wanted.some((one) => one.kind !== "term")) return null;
  const phrases = terms.map(({ term }) => term).filter((term) => term.isQuoted);
  const rarest = terms
    .filter(({ term, exact, texts }) => !term.isQuoted && exact.length > 0 && texts > 0)
    .toSorted((a, b) => a.texts - b.texts);
  const taken: QueryTerm[] = [];
  let sum = 0;
  for (const { term, texts } of rarest) {
    if (taken.length > 0 && sum + texts > RELAXED_TEXTS) break;
    if (taken.some((other) => other.words.join(" ") === term.words.join(" "))) continue;
    taken.push(term);
    sum += texts;
  }
  const [first] = taken;
  if (first === undefined) return null;
  const words: QueryNode = taken.length === 1 ? first : { kind: "any", nodes: taken };
  return { kind: "all", wanted: [words, ...phrases], excluded: node.excluded };
}
