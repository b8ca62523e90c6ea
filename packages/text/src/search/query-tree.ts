/** Where in the query, in UTF-16 units: from the first up to, and without, the second. */
export type QuerySpan = readonly [start: number, end: number];

/**
 * A word, or words that must stand side by side: a quoted phrase, or what is written as one and is several words in the
 * index (`co-op`, `על־פני`).
 */
export interface QueryTerm {
  readonly kind: "term";
  /** In the index's form, in order; at least one. */
  readonly words: readonly string[];
  /** As it stands in the query, without quotes and star. */
  readonly written: string;
  /** `word*`: the last word is the beginning of words. */
  readonly isPrefix: boolean;
  readonly isQuoted: boolean;
  readonly at: QuerySpan;
}

/** Terms of which all stand near each other, in any order. */
export interface QueryNear {
  readonly kind: "near";
  readonly terms: readonly QueryTerm[];
  /** Other words between them, at most. */
  readonly distance: number;
  readonly at: QuerySpan;
}

export interface QueryAll {
  readonly kind: "all";
  /** At least one. */
  readonly wanted: readonly QueryNode[];
  readonly excluded: readonly QueryNode[];
}

export interface QueryAny {
  readonly kind: "any";
  /** At least two. */
  readonly nodes: readonly QueryNode[];
}

export type QueryNode = QueryTerm | QueryNear | QueryAll | QueryAny;

/** Something that was not written as the language has it, and how it was read. */
export interface QueryWarning {
  readonly code: "syntax" | "no-words" | "too-long";
  readonly message: string;
  readonly at: QuerySpan | null;
}

export interface ParsedQuery {
  /** null: there is no word in it. */
  readonly node: QueryNode | null;
  readonly warnings: readonly QueryWarning[];
}

/** The query as it was read: the same language, with everything that is implied written out. */
export function renderQuery(node: QueryNode | null): string {
  return node === null ? "" : render(node, true);
}

function render(node: QueryNode, isOutermost: boolean): string {
  switch (node.kind) {
    case "term":
      return renderTerm(node);
    case "near":
      return `NEAR(${node.terms.map(renderTerm).join(" ")}, ${node.distance})`;
    case "any":
      return inBrackets(node.nodes.map((one) => render(one, false)).join(" OR "), isOutermost);
    case "all": {
      const wanted = node.wanted.map((one) => render(one, false));
      const parts = [wanted.join(" AND "), ...node.excluded.map((one) => render(one, false))];
      return inBrackets(parts.join(" NOT "), isOutermost || parts.length + wanted.length === 2);
    }
  }
}

function renderTerm({ words, isPrefix, isQuoted }: QueryTerm): string {
  const text = words.join(" ");
  return (isQuoted || words.length > 1 ? `"${text}"` : text) + (isPrefix ? "*" : "");
}

function inBrackets(text: string, isBare: boolean): string {
  return isBare ? text : `(${text})`;
}

/** Terms that are wanted, in the order of the query; those of exclusions are not among them. */
export function wantedTerms(node: QueryNode): QueryTerm[] {
  switch (node.kind) {
    case "term":
      return [node];
    case "near":
      return [...node.terms];
    case "any":
      return node.nodes.flatMap(wantedTerms);
    case "all":
      return node.wanted.flatMap(wantedTerms);
  }
}

/** Terms of an exclusion, anywhere in the query. */
export function excludedTerms(node: QueryNode): QueryTerm[] {
  switch (node.kind) {
    case "any":
      return node.nodes.flatMap(excludedTerms);
    case "all":
      return [...node.wanted.flatMap(excludedTerms), ...node.excluded.flatMap(wantedTerms)];
    default:
      return [];
  }
}
