import { prefixedForms, strippedForms, type QueryTerm } from "@sofer/text";
import type { Vocabulary } from "./vocabulary.ts";

/** How much a form of a word counts beside the word as it is in the query. */
export const FORM_WEIGHTS = {
  exact: 1,
  /** The text has letters in front that the query has not: וישראל for ישראל. */
  added: 0.5,
  /** The query has letters in front that the text has not: a guess, since they may belong to the word. */
  stripped: 0.35,
} as const;

/** A form in which a term is looked for: words side by side. */
export interface TermForm {
  readonly words: readonly string[];
  readonly weight: number;
}

export interface SearchedTerm {
  readonly term: QueryTerm;
  /** The query's own words; with prefix letters added. Only what the index has. */
  readonly exact: readonly TermForm[];
  readonly added: readonly TermForm[];
  /** With some letters taken away: looked up when it is asked for, which is seldom. */
  readonly stripped: () => readonly TermForm[];
  /** Texts that have it, in its own form or with letters added; of several words, those that have the rarest. */
  readonly texts: number;
}

/** A term with the forms of it that the library has. */
export function searchedTerm(term: QueryTerm, vocabulary: Vocabulary, isExact: boolean): SearchedTerm {
  const [first = "", ...rest] = term.words;
  // The beginning of words (a star) is in no list of words.
  const isOpen = term.isPrefix && rest.length === 0;
  const inIndex = (words: readonly string[], weight: number): TermForm[] =>
    words
      .filter((word) => isOpen || vocabulary.textsWith(word) > 0)
      .map((word) => ({ words: [word, ...rest], weight }));
  const added = isExact || isOpen ? [] : inIndex(prefixedForms(first), FORM_WEIGHTS.added);
  const taken = [first, ...added.map((form) => form.words[0] ?? "")];
  const ofFirst = taken.reduce((sum, word) => sum + vocabulary.textsWith(word), 0);
  const others = rest.filter((_, index) => !(term.isPrefix && index === rest.length - 1));
  let stripped: readonly TermForm[] | null = null;
  return {
    term,
    exact: inIndex([first], FORM_WEIGHTS.exact),
    added,
    stripped() {
      if (isExact || term.isPrefix || term.isQuoted) return [];
      const bare = strippedForms(first).flatMap((word) => [word, ...prefixedForms(word)]);
      return (stripped ??= inIndex(
        [...new Set(bare)].filter((word) => !taken.includes(word)),
        FORM_WEIGHTS.stripped,
      ));
    },
    texts: Math.min(ofFirst, ...others.map((word) => vocabulary.textsWith(word))),
  };
}
