import type { QueryNode } from "@sofer/text";
import type { SearchWarning } from "./api.ts";
import { isNeeded } from "./order-segments.ts";
import type { SearchedTerm } from "./term-forms.ts";

/** Words that stand nowhere; or, when all do, that no text has them all. */
export function missingWords(node: QueryNode, terms: readonly SearchedTerm[], hasOnlySome: boolean): SearchWarning[] {
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

export function boundedWarning(isBounded: boolean): SearchWarning[] {
  const message = "too many texts match to rank them all: an even sample of them was ranked";
  return isBounded ? [{ code: "bounded", message, at: null }] : [];
}
