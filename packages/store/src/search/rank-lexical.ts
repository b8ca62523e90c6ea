import type { Database } from "bun:sqlite";
import { ftsExpression, marksOf, wantedTerms, type QueryNode, type QueryTerm } from "@sofer/text";
import type { RankedSegment, SearchAnswer, SearchWarning } from "./api.ts";
import { candidatesOf, type Candidates, type TextCount, type Weight } from "./candidates.ts";
import type { SearchScope } from "./filters.ts";
import { indexJudge, writtenJudge, type Judge } from "./judge.ts";
import { orderSegments, type FoundText } from "./order-segments.ts";
import { withoutExcluded, withoutSomeWords } from "./relax.ts";
import { rarity } from "./score-text.ts";
import { boundedWarning, missingWords } from "./search-warnings.ts";
import { searchedTerm, type SearchedTerm, type TermForm } from "./term-forms.ts";
import { vocabularyOf, type Vocabulary } from "./vocabulary.ts";

/** Segments that have all the words: with fewer, forms with letters taken away, then texts that lack words, are looked at. */
const ENOUGH_SEGMENTS = 5;
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

/** Of these, letters: some texts are whole treatises. M, comparing takes 0.13 s for each million. */
const EXACT_LETTERS = 2_000_000;

/** FTS5 puts the lists of all words that begin so together, each time: a quarter of a second for the commonest. */
const COMMON_TEXTS = 100_000;

export interface LexicalRanking {
  readonly segments: readonly RankedSegment[];
  readonly warnings: readonly SearchWarning[];
  readonly isBounded: boolean;
  readonly total: SearchAnswer["total"];
  /** Reads texts as this ranking did. */
  readonly judge: Judge;
}

export interface RankOptions {
  readonly scope: SearchScope;
  /** Hits wanted. */
  readonly limit: number;
  /** The query as it was typed, when words count only as they are written in it; else null. */
  readonly exactOf: string | null;
  /** Whether texts that lack words are looked at. */
  readonly canLackWords: boolean;
}

/**
 * Ranks segments by their words. The index gives candidates, in stages that widen: the words as they are; with prefix
 * letters added; and, while there is little, with letters taken away, and without some of the words. Their texts are then
 * read and scored as one list.
 */
export function rankLexical(database: Database, node: QueryNode, options: RankOptions): LexicalRanking {
  const search = new LexicalSearch(database, node, options);
  if (options.exactOf === null) search.widen();
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
  readonly #options: RankOptions;
  readonly #poolTexts: number;
  readonly #vocabulary: Vocabulary;
  readonly #terms: readonly SearchedTerm[];
  readonly #byTerm: ReadonlyMap<QueryTerm, SearchedTerm>;
  readonly #texts = new Map<number, FoundText>();
  #judge: Judge;
  #isBounded = false;
  #total: TextCount = { texts: 0, isAtLeast: false };

  constructor(database: Database, node: QueryNode, options: RankOptions) {
    const { limit, exactOf } = options;
    this.#database = database;
    this.#node = node;
    this.#options = options;
    this.#poolTexts = Math.max(exactOf === null ? POOL_TEXTS : EXACT_POOL_TEXTS, limit * POOL_TEXTS_PER_HIT);
    this.#vocabulary = vocabularyOf(database);
    this.#terms = wantedTerms(node).map((term) => searchedTerm(term, this.#vocabulary, exactOf !== null));
    this.#byTerm = new Map(this.#terms.map((term) => [term.term, term]));
    this.#judge = this.#judgeBy(prefixed);
  }

  /** Stage after stage. */
  widen(): void {
    const node = this.#node;
    const plain = this.#withoutStar(node);
    const asWritten = this.look(plain, own);
    // Other forms of one word stand behind all texts that have it as it is, so a full pool of those needs no more. Of several
    // common words it would take long.
    const isEnough = asWritten?.isCut === true && (this.#terms.length === 1 || asWritten.isUnweighed);
    if (plain !== node || this.#terms.some(({ added }) => added.length > 0)) {
      if (isEnough) this.#total = { ...asWritten.total, isAtLeast: true };
      else this.look(node, prefixed);
    }
    if (this.#isFew() && this.#terms.some(({ stripped }) => stripped().length > 0)) {
      this.#judge = this.#judgeBy(anyForm);
      this.look(node, anyForm);
    }
    if (!this.#options.canLackWords || (!this.#isFew() && this.#terms.length < RELAXED_FROM_TERMS)) return;
    const relaxed = withoutSomeWords(node, this.#terms);
    const pool = relaxed === null ? null : this.#take(relaxed, own, LEAST_SHARE);
    // Beside texts that have all the words, those that lack some were only looked at for good measure.
    this.#isBounded ||= this.#total.texts === 0 && (pool?.isSampled ?? false);
  }

  /** A single word with a star that is itself among the commonest: texts that have it as it is come first. */
  #withoutStar(node: QueryNode): QueryNode {
    const [only] = this.#terms;
    const isCommon = this.#terms.length === 1 && (only?.texts ?? 0) > COMMON_TEXTS;
    return node.kind === "term" && node.words.length === 1 && isCommon ? { ...node, isPrefix: false } : node;
  }

  /** Takes candidates that have all that is asked for, which is what the answer counts. */
  look(asked: QueryNode, formsOf: FormsOfTerm): Candidates | null {
    const pool = this.#take(asked, formsOf, 0);
    if (pool === null) return null;
    this.#total = pool.total;
    this.#isBounded ||= pool.isSampled || (this.#options.exactOf !== null && pool.isCut);
    return pool;
  }

  ranking(): LexicalRanking {
    const { exactOf, canLackWords } = this.#options;
    const isBounded = this.#isBounded;
    const found = [...this.#texts.values()];
    // The index cannot count what is written so: what was read can.
    const total = exactOf === null ? this.#total : { texts: found.length, isAtLeast: isBounded };
    return {
      segments: orderSegments(this.#database, found, this.#node, this.#terms),
      warnings: [
        ...(canLackWords ? missingWords(this.#node, this.#terms, found.length > 0 && total.texts === 0) : []),
        ...boundedWarning(isBounded),
      ],
      isBounded,
      total,
      judge: this.#judge,
    };
  }

  #judgeBy(formsOf: FormsOfTerm): Judge {
    const node = this.#node;
    const { exactOf } = this.#options;
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

  #weightOf(asked: QueryNode, formsOf: FormsOfTerm): Weight {
    const terms = wantedTerms(asked);
    const forms = terms.flatMap((term): readonly Pick<TermForm, "words">[] => {
      const searched = this.#byTerm.get(term);
      return searched === undefined ? [term] : formsOf(searched);
    });
    const texts = forms.reduce(
      (sum, form) => sum + form.words.reduce((all, word) => all + this.#vocabulary.textsWith(word), 0),
      0,
    );
    const isOneList = forms.length === 1 && forms[0]?.words.length === 1;
    return {
      texts,
      hasStar: terms.some((term) => term.isPrefix),
      isOneList,
    };
  }

  #take(asked: QueryNode, formsOf: FormsOfTerm, leastShare: number): Candidates | null {
    const fts = this.#expression(asked, formsOf);
    if (fts === null) return null;
    const weight = this.#weightOf(asked, formsOf);
    const pool = candidatesOf(this.#database, fts, weight, this.#options.scope, this.#poolTexts);
    let letters = 0;
    for (const id of pool.ids) {
      if (this.#texts.has(id)) continue;
      if (this.#options.exactOf !== null && letters > EXACT_LETTERS) {
        this.#isBounded = true;
        break;
      }
      const row = readText(this.#database, id);
      // The text may have been replaced since the index was asked.
      if (row === null) continue;
      letters += row.text.length;
      const score = this.#judge.score(row.text);
      if (score === null || score.share < leastShare) continue;
      this.#texts.set(id, { id, segmentId: row.segmentId, versionId: row.versionId, score });
    }
    return pool;
  }
}

interface CandidateText {
  readonly text: string;
  readonly segmentId: number;
  readonly versionId: number;
}

function readText(database: Database, id: number): CandidateText | null {
  return database
    .query<CandidateText, [number]>(
      "SELECT text, segment_id AS segmentId, version_id AS versionId FROM segment_text WHERE id = ?",
    )
    .get(id);
}
