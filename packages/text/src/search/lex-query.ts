import type { QuerySpan } from "./query-tree.ts";
import { isDoubleQuote, isInsideHebrewWord } from "./words.ts";

/** A piece of a query as it stands there. */
export type QueryToken =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly isQuoted: boolean;
      readonly hasStar: boolean;
      readonly at: QuerySpan;
    }
  | { readonly kind: "open" | "close" | "and" | "or" | "not" | "near"; readonly at: QuerySpan };

export interface LexedQuery {
  readonly tokens: readonly QueryToken[];
  /** Where a quote was opened and never closed; its words were read as if it were not there. */
  readonly openQuote: number | null;
}

const SPACE = /\s/u;
const OPERATORS: Readonly<Record<string, "and" | "or" | "not">> = { AND: "and", OR: "or", NOT: "not" };

/**
 * Cuts a query into words, quoted phrases, brackets and operators. A quote inside a Hebrew word is its gershayim; a dash
 * inside a word belongs to it, and one in front of a word, after a gap, excludes it.
 */
export function lexQuery(query: string): LexedQuery {
  const tokens: QueryToken[] = [];
  let openQuote: number | null = null;
  let at = 0;
  while (at < query.length) {
    const letter = query[at] ?? "";
    if (SPACE.test(letter)) {
      at++;
    } else if (letter === "(" || letter === ")") {
      tokens.push({ kind: letter === "(" ? "open" : "close", at: [at, ++at] });
    } else if (isPhraseQuote(query, at)) {
      const close = closingQuote(query, at + 1);
      if (close < 0) {
        openQuote ??= at;
        at++;
        continue;
      }
      const end = query[close + 1] === "*" ? close + 2 : close + 1;
      tokens.push({
        kind: "text",
        text: query.slice(at + 1, close),
        isQuoted: true,
        hasStar: end > close + 1,
        at: [at, end],
      });
      at = end;
    } else if (letter === "-" && excludes(query, at)) {
      tokens.push({ kind: "not", at: [at, ++at] });
    } else {
      const end = endOfWord(query, at);
      tokens.push(wordToken(query, at, end));
      at = end;
    }
  }
  return { tokens, openQuote };
}

function isPhraseQuote(query: string, at: number): boolean {
  return isDoubleQuote(query[at] ?? "") && !isInsideHebrewWord(query, at);
}

function closingQuote(query: string, from: number): number {
  for (let at = from; at < query.length; at++) if (isPhraseQuote(query, at)) return at;
  return -1;
}

/** A dash with a word, a phrase or a bracket right after it. */
function excludes(query: string, at: number): boolean {
  const before = query[at - 1] ?? " ";
  return (SPACE.test(before) || before === "(") && /[\p{L}\p{N}\p{M}("\u201C-\u201F\u05F4]/u.test(query[at + 1] ?? "");
}

function endOfWord(query: string, from: number): number {
  let at = from;
  while (at < query.length && !/[\s()]/u.test(query[at] ?? "") && !(at > from && isPhraseQuote(query, at))) at++;
  return at;
}

function wordToken(query: string, from: number, end: number): QueryToken {
  const text = query.slice(from, end);
  const at: QuerySpan = [from, end];
  const operator = Object.hasOwn(OPERATORS, text) ? OPERATORS[text] : undefined;
  if (operator !== undefined) return { kind: operator, at };
  if (text === "NEAR" && query[end] === "(") return { kind: "near", at };
  const hasStar = text.length > 1 && text.endsWith("*");
  return { kind: "text", text: hasStar ? text.slice(0, -1) : text, isQuoted: false, hasStar, at };
}
