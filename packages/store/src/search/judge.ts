import {
  excludedTerms,
  searchText,
  wantedTerms,
  wordsOf,
  wordsWithPlaces,
  writtenTerm,
  writtenWords,
  type QueryNode,
  type QueryTerm,
  type TextWord,
  type WrittenMarks,
} from "@sofer/text";
import type { Stretch } from "./api.ts";
import { TermFinder, type FindableTerm, type Occurrence } from "./find-terms.ts";
import { scoreText, type TextScore } from "./score-text.ts";

/** Reads a stored text with a query in mind. */
export interface Judge {
  /** What the text is worth; null when it is not what was asked for. It may lack words. */
  score(raw: string): TextScore | null;
  /** Whether it has nothing of what the query excludes. */
  accepts(raw: string): boolean;
  /** Where the wanted terms stand in a clean text, in its own offsets; those that overlap are one stretch. */
  highlights(clean: string, raw: string): readonly Stretch[];
}

/** Terms of a query, the wanted ones first: their places in the list are what occurrences name them by. */
export function termsOf(node: QueryNode): {
  readonly wanted: readonly QueryTerm[];
  readonly excluded: readonly QueryTerm[];
} {
  return { wanted: wantedTerms(node), excluded: excludedTerms(node) };
}

/**
 * Judges by the words of the index.
 * @param findable the wanted terms, in their order
 */
export function indexJudge(node: QueryNode, findable: readonly FindableTerm[], rarities: readonly number[]): Judge {
  const { wanted, excluded } = termsOf(node);
  const others = excluded.map(({ words, isPrefix }) => ({ forms: [{ words, weight: 1 }], isPrefix }));
  const finder = new TermFinder([...findable, ...others]);
  const of = occurrencesBy([...wanted, ...excluded]);
  return {
    accepts: (raw) => !isExcluded(node, of(finder.find(wordsOf(searchText(raw))))),
    highlights(clean) {
      const words = wordsWithPlaces(clean);
      return stretches(words, finder.find(words.map(({ word }) => word)).filter(isBefore(wanted.length)));
    },
    score(raw) {
      const words = wordsOf(searchText(raw));
      const found = finder.find(words);
      if (isExcluded(node, of(found))) return null;
      return scoreText(found.filter(isBefore(wanted.length)), words.length, rarities);
    },
  };
}

/**
 * Exact search: judges by how words are written. The index, which has no marks, only gives candidates; this reads the
 * stored texts themselves.
 */
export function writtenJudge(node: QueryNode, marks: WrittenMarks, rarities: readonly number[]): Judge {
  const { wanted, excluded } = termsOf(node);
  const terms = [...wanted, ...excluded];
  const finder = new TermFinder(
    terms.map((term) => ({
      forms: [{ words: writtenTerm(term.written, marks).map(({ written }) => written), weight: 1 }],
      isPrefix: term.isPrefix,
    })),
  );
  const of = occurrencesBy(terms);
  const wordsAsWritten = (raw: string) => writtenWords(raw, marks).map(({ written }) => written);
  return {
    accepts: (raw) => !isExcluded(node, of(finder.find(wordsAsWritten(raw)))),
    highlights: (clean, raw) =>
      stretches(wordsWithPlaces(clean), finder.find(wordsAsWritten(raw)).filter(isBefore(wanted.length))),
    score(raw) {
      const words = wordsAsWritten(raw);
      const found = finder.find(words);
      if (!holds(node, of(found))) return null;
      return scoreText(found.filter(isBefore(wanted.length)), words.length, rarities);
    },
  };
}

function stretches(words: readonly TextWord[], found: readonly Occurrence[]): Stretch[] {
  const list: [number, number][] = [];
  for (const { at, length } of found.toSorted((a, b) => a.at - b.at)) {
    const start = words[at]?.start;
    const end = words[at + length - 1]?.end;
    if (start === undefined || end === undefined) continue;
    const previous = list.at(-1);
    if (previous !== undefined && start < previous[1]) previous[1] = Math.max(previous[1], end);
    else list.push([start, end]);
  }
  return list;
}

function isBefore(end: number) {
  return ({ term }: Occurrence): boolean => term < end;
}

function occurrencesBy(terms: readonly QueryTerm[]): (found: readonly Occurrence[]) => OccurrencesOf {
  const indexes = new Map(terms.map((term, index) => [term, index]));
  return (found) => (term) => found.filter((one) => one.term === indexes.get(term));
}

/** Whether the text has what the whole query excludes; exclusions inside alternatives are the index's to judge. */
function isExcluded(node: QueryNode, of: OccurrencesOf): boolean {
  return node.kind === "all" && node.excluded.some((one) => holds(one, of));
}

type OccurrencesOf = (term: QueryTerm) => readonly Occurrence[];

function holds(node: QueryNode, of: OccurrencesOf): boolean {
  switch (node.kind) {
    case "term":
      return of(node).length > 0;
    case "any":
      return node.nodes.some((one) => holds(one, of));
    case "all":
      return node.wanted.every((one) => holds(one, of)) && !node.excluded.some((one) => holds(one, of));
    case "near":
      return areNear(node.terms.map(of), node.distance);
  }
}

/** One of each list, with no more than so many words from the end of the first to the beginning of the last, as FTS5 counts. */
function areNear(lists: readonly (readonly Occurrence[])[], distance: number): boolean {
  const sorted = lists.flatMap((list, index) => list.map((one) => ({ ...one, index }))).toSorted((a, b) => a.at - b.at);
  return sorted.some((first) => {
    const reached = new Set<number>();
    for (const one of sorted) {
      if (one.at < first.at) continue;
      if (one.at - first.at - first.length > distance) break;
      reached.add(one.index);
    }
    return reached.size === lists.length;
  });
}
