import { SoferError } from "@sofer/core";
import type { Static, TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import type { StoreAnswer } from "./http.ts";

/**
 * Reads an answer's body by the schema of it.
 * @param store what should be answering there, for the message
 * @throws `not-json`, which may pass, as when a proxy shows a page; `mismatch` when it is JSON of another form
 */
export function answerReader<T extends TSchema>(
  schema: T,
  store: string,
  what: string,
): (answer: StoreAnswer, url: string) => Static<T> {
  const compiled = TypeCompiler.Compile(schema);
  return ({ status, text }, url) => {
    const value = jsonOf(text);
    if (value === undefined) {
      throw new SoferError("not-json", `${what} of ${store} is not JSON`, { url, status });
    }
    if (compiled.Check(value)) return value;
    const first = compiled.Errors(value).First();
    const place = first === undefined ? "" : `: ${first.path === "" ? "the whole" : first.path}: ${first.message}`;
    throw new SoferError("mismatch", `${what} of ${store} has an unknown form${place}`, {
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
