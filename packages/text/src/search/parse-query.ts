import { SoferError } from "@sofer/core";
import { lexQuery, type QueryToken } from "./lex-query.ts";
import { searchText } from "./normalise.ts";
import type { ParsedQuery, QueryNear, QueryNode, QuerySpan, QueryTerm, QueryWarning } from "./query-tree.ts";
import { wordsOf } from "./words.ts";

/** Words that are looked for; a pasted page would only be slow. */
const MAX_WORDS = 64;
/** Brackets in brackets. */
const MAX_DEPTH = 16;
/** Words between, where NEAR does not say. */
const NEAR_DISTANCE = 10;
const MAX_DISTANCE = 1000;
/** Letters before a star: with one, half of the index would be read. */
const LEAST_PREFIX = 2;

/**
 * Reads the language of queries: words (all wanted), `"a phrase"`, `word*`, `-word` or `NOT word`, `a OR b`, `NEAR(a b, 5)`,
 * brackets. What is not well formed gets the reading that is likeliest meant, and a warning that says which.
 * @throws SoferError `usage` when the query says only what is not wanted: nothing could be searched for.
 */
export function parseQuery(query: string): ParsedQuery {
  const { tokens, openQuote } = lexQuery(query);
  const parser = new Parser(tokens);
  if (openQuote !== null)
    parser.warn("the quote is never closed: its words are taken one by one", [openQuote, openQuote + 1]);
  const node = parser.query();
  if (node === null) parser.warn("there is no word in it to search for", null, "no-words");
  return { node, warnings: parser.warnings };
}

/** What one side of an AND list came to. */
interface Gathered {
  readonly wanted: QueryNode[];
  readonly excluded: QueryNode[];
  excludedAt: QuerySpan | null;
}

class Parser {
  readonly warnings: QueryWarning[] = [];
  readonly #tokens: readonly QueryToken[];
  #next = 0;
  #words = 0;

  constructor(tokens: readonly QueryToken[]) {
    this.#tokens = tokens;
  }

  warn(message: string, at: QuerySpan | null, code: QueryWarning["code"] = "syntax"): void {
    this.warnings.push({ code, message, at });
  }

  query(): QueryNode | null {
    const nodes: QueryNode[] = [];
    while (this.#next < this.#tokens.length) {
      const node = this.#any(0);
      if (node !== null) nodes.push(node);
      const stray = this.#tokens[this.#next];
      if (stray === undefined) break;
      this.warn("a bracket is closed here that was not opened: left out", stray.at);
      this.#next++;
    }
    return nodes.length > 1 ? flat(nodes, []) : (nodes[0] ?? null);
  }

  /** Alternatives, up to a closing bracket or the end. */
  #any(depth: number): QueryNode | null {
    const nodes: QueryNode[] = [];
    let or: QueryToken | null = null;
    for (;;) {
      const node = this.#all(depth);
      if (node !== null) nodes.push(node);
      if (node === null && or !== null) this.warn("OR has nothing after it: left out", or.at);
      const token = this.#tokens[this.#next];
      if (token?.kind !== "or") break;
      if (node === null && or === null) this.warn("OR has nothing before it: left out", token.at);
      or = token;
      this.#next++;
    }
    return nodes.length > 1 ? { kind: "any", nodes } : (nodes[0] ?? null);
  }

  /** What is wanted and not wanted side by side, up to OR, a closing bracket or the end. */
  #all(depth: number): QueryNode | null {
    const gathered: Gathered = { wanted: [], excluded: [], excludedAt: null };
    for (;;) {
      const token = this.#tokens[this.#next];
      if (token === undefined || token.kind === "or" || token.kind === "close") break;
      this.#next++;
      if (token.kind === "and") this.#checkAnd(token, gathered);
      else if (token.kind === "not") this.#exclude(token, gathered, depth);
      else {
        const node = this.#one(token, depth);
        if (node !== null) gathered.wanted.push(node);
      }
    }
    const { wanted, excluded, excludedAt } = gathered;
    if (wanted.length === 0 && excludedAt !== null) {
      throw new SoferError("usage", `the query says only what is not wanted (at ${excludedAt[0] + 1})`, {
        hint: "put a word in front that is wanted: word -other",
      });
    }
    return wanted.length === 0 ? null : flat(wanted, excluded);
  }

  #checkAnd(token: QueryToken, { wanted }: Gathered): void {
    const next = this.#tokens[this.#next]?.kind;
    if (wanted.length === 0) this.warn("AND has nothing before it: left out", token.at);
    else if (next === undefined || next === "close" || next === "or" || next === "and")
      this.warn("AND has nothing after it: left out", token.at);
  }

  #exclude(token: QueryToken, gathered: Gathered, depth: number): void {
    let operand = this.#tokens[this.#next];
    while (operand?.kind === "not") operand = this.#tokens[++this.#next];
    if (operand === undefined || operand.kind === "close" || operand.kind === "or" || operand.kind === "and") {
      this.warn("NOT has nothing after it: left out", token.at);
      return;
    }
    this.#next++;
    const node = this.#one(operand, depth);
    if (node === null) return;
    gathered.excluded.push(node);
    gathered.excludedAt ??= [token.at[0], operand.at[1]];
  }

  /** A word, a phrase, what is in brackets, or NEAR. */
  #one(token: QueryToken, depth: number): QueryNode | null {
    if (token.kind === "text") return this.#term(token);
    if (token.kind === "near") return this.#near(token);
    if (depth >= MAX_DEPTH) {
      this.warn(`brackets stand more than ${MAX_DEPTH} deep: this one is left out`, token.at);
      return null;
    }
    const node = this.#any(depth + 1);
    if (this.#tokens[this.#next]?.kind === "close") this.#next++;
    else this.warn("the bracket is never closed: read as if it were at the end", token.at);
    return node;
  }

  #term(token: Extract<QueryToken, { kind: "text" }>): QueryTerm | null {
    const words = wordsOf(searchText(token.text));
    if (words.length === 0) {
      if (token.text === "*") this.warn("a star stands after the beginning of a word: word*", token.at);
      return null;
    }
    const room = MAX_WORDS - this.#words;
    if (words.length > room) {
      if (!this.warnings.some((warning) => warning.code === "too-long"))
        this.warn(`only the first ${MAX_WORDS} words are looked for`, token.at, "too-long");
      if (room === 0) return null;
    }
    const taken = words.slice(0, room);
    this.#words += taken.length;
    const isPrefix = token.hasStar && taken.length === words.length && (words.at(-1) ?? "").length >= LEAST_PREFIX;
    if (token.hasStar && !isPrefix)
      this.warn(`a star needs at least ${LEAST_PREFIX} letters before it: read without it`, token.at);
    return { kind: "term", words: taken, written: token.text, isPrefix, isQuoted: token.isQuoted, at: token.at };
  }

  #near(token: QueryToken): QueryNode | null {
    const open = this.#tokens[this.#next++];
    const terms: QueryTerm[] = [];
    let distance = NEAR_DISTANCE;
    let isClosed = false;
    for (let comma = false; this.#next < this.#tokens.length && !isClosed;) {
      const inner = this.#tokens[this.#next++];
      if (inner === undefined) break;
      if (inner.kind === "close") isClosed = true;
      else if (inner.kind !== "text") this.warn("inside NEAR stand only words and phrases: left out", inner.at);
      else if (!inner.isQuoted && (comma || inner.text.startsWith(","))) {
        // The number, apart (a b, 5) or with its comma ("a b" ,5); a comma alone after a phrase says that it follows.
        comma = inner.text === ",";
        if (!comma) distance = this.#distance(inner);
      } else {
        const glued = inner.isQuoted ? null : /^(.+),(\d*)$/u.exec(inner.text);
        const term = this.#term(glued === null ? inner : withoutComma(inner, glued[1] ?? ""));
        if (term !== null) terms.push(term);
        comma = glued?.[2] === "";
        if (glued !== null && !comma) distance = this.#distance({ ...inner, text: glued[2] ?? "" });
      }
    }
    const at: QuerySpan = [token.at[0], this.#tokens[this.#next - 1]?.at[1] ?? token.at[1]];
    if (!isClosed)
      this.warn("the bracket of NEAR is never closed: read as if it were at the end", open?.at ?? token.at);
    const [first] = terms;
    if (first === undefined) return null;
    if (terms.length === 1) {
      this.warn("NEAR needs at least two words: read as the one", at);
      return first;
    }
    return { kind: "near", terms, distance, at } satisfies QueryNear;
  }

  #distance(token: Extract<QueryToken, { kind: "text" }>): number {
    const text = token.text.replace(/^,/, "");
    if (/^\d{1,4}$/.test(text) && Number(text) <= MAX_DISTANCE) return Number(text);
    this.warn(`after the comma NEAR has a number of words up to ${MAX_DISTANCE}: ${NEAR_DISTANCE} are taken`, token.at);
    return NEAR_DISTANCE;
  }
}

/** A word of NEAR before its comma; a star in front of the comma is the word's. */
function withoutComma<T extends { readonly text: string; readonly hasStar: boolean }>(token: T, text: string): T {
  const hasStar = text.length > 1 && text.endsWith("*");
  return { ...token, text: hasStar ? text.slice(0, -1) : text, hasStar };
}

/** One list where lists of the same kind stand in each other. */
function flat(wanted: readonly QueryNode[], excluded: readonly QueryNode[]): QueryNode {
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1 && excluded.length === 0) return only;
  const inner = wanted.flatMap((node) => (node.kind === "all" && node.excluded.length === 0 ? node.wanted : [node]));
  return { kind: "all", wanted: inner, excluded };
}
