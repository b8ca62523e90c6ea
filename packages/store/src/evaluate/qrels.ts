import { SoferError, type Language } from "@sofer/core";
import type { Qrel } from "./api.ts";

/**
 * Reads questions, one line of JSON each (see Qrel); blank lines are passed over.
 * @throws SoferError `usage`, with the line
 */
export function readQrels(text: string, name: string): Qrel[] {
  const qrels: Qrel[] = [];
  const ids = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const qrel = readQrel(line, `${name}, line ${index + 1}`);
    if (ids.has(qrel.id)) throw wrong(`${name}, line ${index + 1}`, `the id "${qrel.id}" is there twice`);
    ids.add(qrel.id);
    qrels.push(qrel);
  }
  if (qrels.length === 0) throw wrong(name, "there is no question in it");
  return qrels;
}

function readQrel(line: string, where: string): Qrel {
  const fields = objectOf(line, where);
  const { id, query, best, kind, category, lang, language } = fields;
  if (typeof id !== "string" || id === "") throw wrong(where, '"id" is no text');
  if (typeof query !== "string" || query.trim() === "") throw wrong(where, '"query" is no text');
  const expected = refsOf(fields["expected"], "expected", where);
  if (expected.length === 0) throw wrong(where, '"expected" names no place');
  if (best !== undefined && best !== null && typeof best !== "string") throw wrong(where, '"best" is no ref');
  return {
    id,
    query,
    expected: typeof best === "string" && !expected.includes(best) ? [best, ...expected] : expected,
    best: best ?? null,
    language: languageOf(lang ?? language ?? null, where),
    kind: textOf(kind, "kind", where),
    category: textOf(category, "category", where),
    exclude: fields["exclude"] === undefined ? [] : refsOf(fields["exclude"], "exclude", where),
  };
}

function objectOf(line: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw wrong(where, "this is not JSON", error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(where, "this is no object");
  return value as Readonly<Record<string, unknown>>;
}

function refsOf(value: unknown, field: string, where: string): readonly string[] {
  if (!Array.isArray(value)) throw wrong(where, `"${field}" is no list of refs`);
  return value.map((ref: unknown) => {
    if (typeof ref !== "string" || ref.trim() === "") throw wrong(where, `"${field}" is no list of refs`);
    return ref;
  });
}

function textOf(value: unknown, field: string, where: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw wrong(where, `"${field}" is no text`);
  return value;
}

function languageOf(value: unknown, where: string): Language | null {
  if (value === null) return null;
  if (value === "he" || value === "en") return value;
  throw wrong(where, '"lang" is neither he nor en');
}

function wrong(where: string, what: string, cause?: unknown): SoferError {
  return new SoferError("usage", `${where}: ${what}`, {
    hint: 'a line is {"id":"q1","query":"words","expected":["Genesis 1:1"]}; docs/retrieval.md has the rest',
    ...(cause === undefined ? {} : { cause }),
  });
}
