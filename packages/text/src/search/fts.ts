import type { QueryNode, QueryTerm } from "./query-tree.ts";

/** The forms a term is looked for in, each a list of words side by side; none: it stands nowhere. */
export type FormsOf = (term: QueryTerm) => readonly (readonly string[])[];

/**
 * A query as an FTS5 expression, which cannot be a syntax error since every word is quoted; null when a part that is
 * needed stands nowhere, so that nothing can be found.
 */
export function ftsExpression(node: QueryNode, formsOf: FormsOf): string | null {
  switch (node.kind) {
    case "term":
      return anyOf(formsOf(node).map((words) => ftsPhrase(words, node.isPrefix)));
    case "near": {
      // The forms of all terms would multiply: FTS5 takes no alternatives inside NEAR.
      const terms = node.terms.map((term) => ftsPhrase(term.words, term.isPrefix));
      return `NEAR(${terms.join(" ")}, ${node.distance})`;
    }
    case "any":
      return anyOf(node.nodes.flatMap((one) => ftsExpression(one, formsOf) ?? []));
    case "all": {
      const wanted = node.wanted.map((one) => ftsExpression(one, formsOf));
      if (wanted.includes(null)) return null;
      const excluded = node.excluded.flatMap((one) => ftsExpression(one, formsOf) ?? []);
      return [`(${wanted.join(" AND ")})`, ...excluded].join(" NOT ");
    }
  }
}

function anyOf(expressions: readonly string[]): string | null {
  return expressions.length === 0 ? null : `(${expressions.join(" OR ")})`;
}

function ftsPhrase(words: readonly string[], isPrefix: boolean): string {
  return `"${words.join(" ").replaceAll('"', '""')}"${isPrefix ? " *" : ""}`;
}
