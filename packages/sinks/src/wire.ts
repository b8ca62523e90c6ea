import { SoferError } from "@sofer/core";
import * as v from "valibot";
import type { StoreAnswer } from "./http.ts";

export const integer = v.pipe(v.number(), v.integer());
/** A count. */
export const natural = v.pipe(integer, v.minValue(0));

/**
 * Reads an answer's body by the schema of it.
 * @param store what should be answering there, for the message
 * @throws `not-json`, which may pass, as when a proxy shows a page; `mismatch` when it is JSON of another form
 */
export function answerReader<T extends v.GenericSchema>(
  schema: T,
  store: string,
  what: string,
): (answer: StoreAnswer, url: string) => v.InferOutput<T> {
  return ({ status, text }, url) => {
    const value = jsonOf(text);
    if (value === undefined) {
      throw new SoferError("not-json", `${what} of ${store} is not JSON`, { url, status });
    }
    const { issues } = v.safeParse(schema, value, { abortEarly: true });
    if (issues === undefined) return value;
    const [first] = issues;
    const place = `${v.getDotPath(first) ?? "the whole"}: ${first.message}`;
    throw new SoferError("mismatch", `${what} of ${store} has an unknown form: ${place}`, {
      url,
      status,
      hint: `is it ${store} that answers at this address?`,
    });
  };
}

/** Statuses below 500 that are about one request, the pace or the key: statusError names them. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 408, 413, 429]);

/**
 * A status that the store gives to nothing that we ask: a redirect, a path or a form that it does not know. The address
 * is then another's, or the store of another version, and every further request would end alike.
 */
export function strangeStatus({ status, headers, text }: StoreAnswer, store: string): SoferError | null {
  if (status < 300 || status >= 500 || PASSING.has(status)) return null;
  const location = URL.parse(headers.get("location") ?? "");
  const elsewhere = location === null ? "" : `, and names ${location.origin}`;
  const said = text.trim() === "" ? "" : `: ${shortly(text)}`;
  return new SoferError("mismatch", `${store} answers with status ${status}${elsewhere}${said}`, {
    status,
    hint: `is this the address of ${store}?`,
  });
}

/** undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** What a store says, in one line that fits a message. */
export function shortly(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
