import { searchText } from "./normalise.ts";

export interface SearchQuery {
  /** An FTS5 expression: every term in double quotes, all of them wanted. */
  readonly fts: string;
  /** The same terms, normalised; a phrase is one term with spaces. */
  readonly terms: readonly string[];
}

/** FTS5 joins words by AND in a flat list; a pasted page would only be slow. */
const MAX_TERMS = 256;

const WORD = /[\p{L}\p{N}]/u;
const SEPARATORS = /[^\p{L}\p{N}\p{M}\p{Co}]+/gu;

/**
 * The user's words as a full-text query that cannot be a syntax error, or null when nothing in them can be searched
 * for. `"quoted words"` are a phrase; a quote inside a Hebrew word is an abbreviation mark, not a phrase.
 */
export function searchQuery(query: string): SearchQuery | null {
  const terms = new Set<string>();
  // After normalising, every kind of double quote is `"`, and those inside Hebrew words are gone.
  const parts = searchText(query).split('"');
  for (const [index, part] of parts.entries()) {
    const isPhrase = index % 2 === 1 && index < parts.length - 1;
    for (const candidate of isPhrase ? [part] : part.split(" ")) {
      const term = candidate.replace(SEPARATORS, " ").trim();
      if (WORD.test(term) && terms.size < MAX_TERMS) terms.add(term);
    }
  }
  if (terms.size === 0) return null;
  const list = [...terms];
  return { fts: list.map((term) => `"${term.replaceAll('"', '""')}"`).join(" AND "), terms: list };
}
