import { SoferError, type ErrorFields } from "@sofer/core";

/**
 * Objects and lists nested beyond this are refused. The deepest real answer has some twenty levels; what is nested
 * without end breaks whoever copies it to another process (M: a structured copy of 100,000 levels overflows the stack).
 */
export const MAX_NESTING = 100;

/** An escape for half of a surrogate pair; whether its other half follows is another question. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * JSON as a value that is fit to be passed on: not nested without end, and every string and key one that UTF-8 can hold.
 * @throws SoferError `not-json` for what is no JSON, `wire-shape` for what is not fit
 */
export function parseJson(text: string, what: string, fields: ErrorFields): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SoferError("not-json", `${what} is not JSON`, { ...fields, cause });
  }
  const fault = faultIn(value, 0, SURROGATE_ESCAPE.test(text));
  if (fault === null) return value;
  throw new SoferError("wire-shape", `${what} ${fault}`, fields);
}

/** What is wrong with a value, as the end of a sentence; null: nothing. @param mayBeHalf a string may be ill-formed */
function faultIn(value: unknown, level: number, mayBeHalf: boolean): string | null {
  if (typeof value === "string") {
    return mayBeHalf && !value.isWellFormed() ? "holds half a surrogate pair, which no UTF-8 text can hold" : null;
  }
  if (typeof value !== "object" || value === null) return null;
  if (level >= MAX_NESTING) return `is nested deeper than ${MAX_NESTING} levels`;
  if (Array.isArray(value)) return firstFault(value, level, mayBeHalf);
  return (
    (mayBeHalf ? firstFault(Object.keys(value), level, true) : null) ??
    firstFault(Object.values(value), level, mayBeHalf)
  );
}

function firstFault(values: readonly unknown[], level: number, mayBeHalf: boolean): string | null {
  for (const value of values) {
    const fault = faultIn(value, level + 1, mayBeHalf);
    if (fault !== null) return fault;
  }
  return null;
}
