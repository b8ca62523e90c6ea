import type { Database } from "bun:sqlite";
import { ftsExpression, marksOf, wantedTerms, type QueryNode, type QueryTerm } from "@sofer/text";
import type { RankedSegment, SearchAnswer, SearchWarning } from "./api.ts";
import { candidatesOf, countTexts, type Candidates, type TextCount } from "./candidates.ts";
import type { SearchScope } from "./filters.ts";
import { indexJudge, writtenJudge, type Judge } from "./judge.ts";
import { rarity, type TextScore } from "./score-text.ts";
import { searchedTerm, type SearchedTerm, type TermForm } from "./term-forms.ts";
import { vocabularyOf } from "./vocabulary.ts";
import { worthOf } from "./worth.ts";

/** Segments that have all the words: with fewer, forms with letters taken away, then texts that lack words, are looked at. */
const ENOUGH_SEGMENTS = 5;
/** Texts that may have one of the rarest words, when texts that lack words are looked at. */
const RELAXED_TEXTS = 10_000;
/**
 * With so many words, texts that lack some are looked at whatever else there is: that a text has all of them somewhere says
 * less than that it has most of them in a row.
 */
const RELAXED_FROM_TERMS = 3;
/** Of the rarity of all words, what a text must have: with less, it has little to do with the query. */
const LEAST_SHARE = 0.2;
/**
 * Texts of each stage that are read and ranked by what they say, at least, and for each hit that is wanted: reading one
 * takes some 20 us. M, with 150, 200 and 300 at least, of 331 questions from links 76.7, 76.7 and 77.3 % had their answer
 * in the first five.
 */
const POOL_TEXTS = 200;
const POOL_TEXTS_PER_HIT = 6;
/** Exact search reads more, at least, since the index cannot tell which texts are written so. */
const EXACT_POOL_TEXTS = 2_000;
/** What each doubling of a segment's matching versions adds: many editions are a sign of a central text. */
const PER_DOUBLING = 0.25;

export interface LexicalRanking {
  readonly segments: readonly RankedSegment[];
  readonly warnings: readonly SearchWarning[];
  readonly isBounded: boolean;
  readonly total: SearchAnswer["total"];
  /** Reads texts as this ranking did. */
  readonly judge: Judge;
}

interface FoundText {
  readonly id: number;
  readonly segmentId: number;
  readonly versionId: number;
  readonly score: TextScore;
}

/**
 * Ranks segments by their words. The index gives candidates, in stages that widen: the words as they are; with prefix
 * letters added; and, while there is little, with letters taken away, and without some of the words. Their texts are then
 * read and scored as one list.
 * @param limit hits wanted
 * @param exactOf the query as it was typed, when words count only as they are written in it
 */
export function rankLexical(
  database: Database,
  node: QueryNode,
  scope: SearchScope,
  limit: number,
  exactOf: string | null,
): LexicalRanking {
  const least = exactOf === null ? POOL_TEXTS : EXACT_POOL_TEXTS;
  const search = new LexicalSearch(database, node, scope, exactOf, Math.max(least, limit * POOL_TEXTS_PER_HIT));
  if (exactOf === null) search.widen();
  else search.look(withoutExcluded(node), own);
  return search.ranking();
}

type FormsOfTerm = (term: SearchedTerm) => readonly TermForm[];

const own: FormsOfTerm = ({ exact }) => exact;
const prefixed: FormsOfTerm = ({ exact, added }) => [...exact, ...added];
const anyForm: FormsOfTerm = ({ exact, added, stripped }) => [...exact, ...added, ...stripped()];

class LexicalSearch {
  readonly #database: Database;
  readonly #node: QueryNode;
  readonly #scope: SearchScope;
  readonly #exactOf: string | null;
  readonly #poolTexts: number;
  readonly #terms: readonly SearchedTerm[];
  readonly #byTerm: ReadonlyMap<QueryTerm, SearchedTerm>;
  readonly #texts = new Map<number, FoundText>();
  #judge: Judge;
  #isBounded = false;
  #total: TextCount = { texts: 0, isAtLeast: false };

  constructor(database: Database, node: QueryNode, scope: SearchScope, exactOf: string | null, poolTexts: number) {
    this.#poolTexts = poolTexts;
    this.#database = database;
    this.#node = node;
    this.#scope = scope;
    this.#exactOf = exactOf;
    const vocabulary = vocabularyOf(database);
    this.#terms = wantedTerms(node).map((term) => searchedTerm(term, vocabulary, exactOf !== null));
    this.#byTerm = new Map(this.#terms.map((term) => [term.term, term]));
    this.#judge = this.#judgeBy(prefixed);
  }

  /** Stage after stage. */
  widen(): void {
    const node = this.#node;
    const asWritten = this.look(node, own);
    // One word: other forms stand behind all texts that have it as it is, so a full pool of those needs no more.
    const isFull = this.#terms.length === 1 && (asWritten?.isCut ?? false);
    if (this.#terms.some(({ added }) => added.length > 0)) {
      if (isFull) this.#count(prefixed);
      else this.look(node, prefixed);
    }
    if (this.#isFew() && this.#terms.some(({ stripped }) => stripped().length > 0)) {
      this.#judge = this.#judgeBy(anyForm);
      this.look(node, anyForm);
    }
    if (!this.#isFew() && this.#terms.length < RELAXED_FROM_TERMS) return;
    const relaxed = withoutSomeWords(node, this.#terms);
    const pool = relaxed === null ? null : this.#take(relaxed, own, LEAST_SHARE);
    // Beside texts that have all the words, those that lack some were only looked at for good measure.
    this.#isBounded ||= this.#total.texts === 0 && (pool?.isSampled ?? false);
  }

  /** Takes candidates that have all that is asked for, which is what the answer counts. */
  look(asked: QueryNode, formsOf: FormsOfTerm): Candidates | null {
    const pool = this.#take(asked, formsOf, 0);
    if (pool === null) return null;
    this.#total = pool.total;
    this.#isBounded ||= pool.isSampled || (this.#exactOf !== null && pool.isCut);
    return pool;
  }

  ranking(): LexicalRanking {
    const isBounded = this.#isBounded;
    const found = [...this.#texts.values()];
    // The index cannot count what is written so: what was read can.
    const total = this.#exactOf === null ? this.#total : { texts: found.length, isAtLeast: isBounded };
    return {
      segments: rankSegments(this.#database, found, this.#node, this.#terms),
      warnings: [
        ...missingWords(this.#node, this.#terms, found.length > 0 && total.texts === 0),
        ...boundedWarning(isBounded, this.#scope),
      ],
      isBounded,
      total,
      judge: this.#judge,
    };
  }

  #judgeBy(formsOf: FormsOfTerm): Judge {
    const node = this.#node;
    const exactOf = this.#exactOf;
    const size =
      this.#database.query<{ texts: number | null }, []>("SELECT max(id) AS texts FROM segment_text").get()?.texts ?? 0;
    const rarities = this.#terms.map((term) => rarity(term.texts, size));
    if (exactOf !== null) return writtenJudge(node, marksOf(exactOf), rarities);
    const findable = this.#terms.map((term) => ({ forms: formsOf(term), isPrefix: term.term.isPrefix }));
    return indexJudge(node, findable, rarities);
  }

  #isFew(): boolean {
    return new Set([...this.#texts.values()].map((text) => text.segmentId)).size < ENOUGH_SEGMENTS;
  }

  #expression(asked: QueryNode, formsOf: FormsOfTerm): string | null {
    return ftsExpression(asked, (term) => {
      const searched = this.#byTerm.get(term);
      // What is excluded is meant as it is written.
      return searched === undefined ? [term.words] : formsOf(searched).map((form) => form.words);
    });
  }

  #count(formsOf: FormsOfTerm): void {
    const fts = this.#expression(this.#node, formsOf);
    if (fts !== null) this.#total = countTexts(this.#database, fts, this.#scope);
  }

  #take(asked: QueryNode, formsOf: FormsOfTerm, leastShare: number): Candidates | null {
    const fts = this.#expression(asked, formsOf);
    if (fts === null) return null;
    const pool = candidatesOf(this.#database, fts, this.#scope, this.#poolTexts);
    for (const id of pool.ids) {
      if (this.#texts.has(id)) continue;
      const found = readText(this.#database, id, this.#judge);
      if (found !== null && found.score.share >= leastShare) this.#texts.set(id, found);
    }
    return pool;
  }
}

/** A candidate's text, judged; null when it is not what was asked for. */
function readText(database: Database, id: number, judge: Judge): FoundText | null {
  const row = database
    .query<{ text: string; segmentId: number; versionId: number }, [number]>(
      "SELECT text, segment_id AS segmentId, version_id AS versionId FROM segment_text WHERE id = ?",
    )
    .get(id);
  // The text may have been replaced since the index was asked.
  if (row === null) return null;
  const score = judge.score(row.text);
  if (score === null) return null;
  return { id, segmentId: row.segmentId, versionId: row.versionId, score };
}

/** In exact search exclusions are judged by how words are written, which the index does not know. */
function withoutExcluded(node: QueryNode): QueryNode {
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
 * plain list of words; brackets, OR and NEAR say exactly what is wanted. null: that would be nothing new.
 */
function withoutSomeWords(node: QueryNode, terms: readonly SearchedTerm[]): QueryNode | null {
  if (node.kind !== "all" || node.wanted.some((one) => one.kind !== "term")) return null;
  const rarest = terms
    .filter(({ exact, texts }) => exact.length > 0 && texts > 0)
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
  const wanted: QueryNode = taken.length === 1 ? first : { kind: "any", nodes: taken };
  return { kind: "all", wanted: [wanted], excluded: node.excluded };
}

function rankSegments(
  database: Database,
  texts: readonly FoundText[],
  node: QueryNode,
  terms: readonly SearchedTerm[],
): RankedSegment[] {
  const isOneTerm = terms.length === 1;
  const worth = worthOf(database);
  const segments = [...Map.groupBy(texts, (text) => text.segmentId)].map(([segmentId, found]) => {
    const factor = (1 + PER_DOUBLING * Math.log2(found.length)) * worth(found[0]?.versionId ?? 0);
    const scores = new Map(
      found.map(({ id, score }) => [id, isOneTerm ? byForm(score, factor) : score.score * factor] as const),
    );
    const have = new Set(found.flatMap((text) => [...text.score.terms]));
    const missing = terms.filter(({ term }, index) => !have.has(index) && isNeeded(node, term));
    return {
      segmentId,
      score: Math.max(...scores.values()),
      texts: scores,
      missing: missing.map(({ term }) => term.written),
    };
  });
  return segments
    .toSorted((a, b) => b.score - a.score || a.segmentId - b.segmentId)
    .map(({ missing, ...segment }, index) => ({ ...segment, why: [{ by: "lexical", rank: index + 1, missing }] }));
}

/** Whether every hit ought to have the term: an alternative need not. */
function isNeeded(node: QueryNode, term: QueryTerm): boolean {
  return node.kind === "all" && node.wanted.includes(term);
}

/** Of one word: above 1 where the word stands as it is, between a half and 1 with letters added, below without some. */
function byForm({ score, bestWeight }: TextScore, factor: number): number {
  const value = score * factor;
  if (bestWeight >= 1) return 1 + value;
  return (bestWeight >= 0.5 ? 0.5 : 0) + (0.5 * value) / (1 + value);
}

/** Words that stand nowhere; or, when all do, that no text has them all. */
function missingWords(node: QueryNode, terms: readonly SearchedTerm[], hasOnlySome: boolean): SearchWarning[] {
  const unknown = terms.filter(
    ({ texts, stripped, term }) => texts === 0 && !term.isPrefix && isNeeded(node, term) && stripped().length === 0,
  );
  const [first] = unknown;
  if (first !== undefined && unknown.length < terms.length) {
    const words = unknown.map(({ term }) => `"${term.written}"`).join(", ");
    return [{ code: "words-missing", message: `no text has ${words}`, at: first.term.at }];
  }
  const message = "no text has all the words: those that have most of them are shown";
  return hasOnlySome ? [{ code: "words-missing", message, at: null }] : [];
}

function boundedWarning(isBounded: boolean, scope: SearchScope): SearchWarning[] {
  if (!isBounded) return [];
  const of = scope.versionIds === null && scope.within === null ? "an even sample of them" : "the first of them";
  return [{ code: "bounded", message: `too many texts match to rank them all: ${of} was ranked`, at: null }];
}
