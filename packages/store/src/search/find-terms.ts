import type { TermForm } from "./term-forms.ts";

/** A term found in a text. */
export interface Occurrence {
  /** Index of the term among those looked for. */
  readonly term: number;
  /** Its first word's place among the words of the text, and how many it has. */
  readonly at: number;
  readonly length: number;
  readonly weight: number;
}

/** A term and how it may read in a text. */
export interface FindableTerm {
  readonly forms: readonly TermForm[];
  /** The last word is the beginning of words. */
  readonly isPrefix: boolean;
}

interface Candidate {
  readonly term: number;
  readonly form: TermForm;
  readonly isPrefix: boolean;
}

/** Finds terms in lists of words: one look-up for each word of the text, whatever the number of forms. */
export class TermFinder {
  readonly #byFirstWord = new Map<string, Candidate[]>();
  /** Terms of one word with a star. */
  readonly #open: Candidate[] = [];

  constructor(terms: readonly FindableTerm[]) {
    for (const [term, { forms, isPrefix }] of terms.entries()) {
      for (const form of forms) {
        const candidate = { term, form, isPrefix };
        const [first = ""] = form.words;
        if (isPrefix && form.words.length === 1) this.#open.push(candidate);
        else this.#byFirstWord.set(first, [...(this.#byFirstWord.get(first) ?? []), candidate]);
      }
    }
  }

  /** In the order of the text; a term once for each place where it begins. */
  find(words: readonly string[]): Occurrence[] {
    const found: Occurrence[] = [];
    // Nearly all words of a text are none of the query's: this loop is most of the time that ranking takes.
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? "";
      const candidates = this.#byFirstWord.get(word);
      if (candidates !== undefined) {
        for (const candidate of candidates) if (stands(candidate, words, at)) found.push(occurrence(candidate, at));
      }
      for (const candidate of this.#open) {
        if (word.startsWith(candidate.form.words[0] ?? "")) found.push(occurrence(candidate, at));
      }
    }
    return found;
  }
}

function stands({ form, isPrefix }: Candidate, words: readonly string[], at: number): boolean {
  const last = form.words.length - 1;
  return form.words.every((wanted, index) => {
    const word = words[at + index];
    return word !== undefined && (isPrefix && index === last ? word.startsWith(wanted) : word === wanted);
  });
}

function occurrence({ term, form }: Candidate, at: number): Occurrence {
  return { term, at, length: form.words.length, weight: form.weight };
}
