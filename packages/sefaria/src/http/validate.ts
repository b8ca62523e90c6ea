import { retryAfterMs, SoferError, type ErrorFields } from "@sofer/core";
import { parseJson } from "../json.ts";
import type { Answer, AnswerHead, Exchange, JsonAnswer } from "./exchange.ts";

/** Letters of a host's own words that go into a message. */
const MAX_SAID = 500;

/**
 * Lets through only a 200 that is JSON and holds no error (sefaria-api, section 9: unknown titles and references are
 * answered with 200 and an object with `error`). Everything else leaves as an error that says what happens next.
 */
export function validate(inner: Exchange, now: () => number): Exchange<JsonAnswer> {
  return async (request) => {
    const answer = await inner(request);
    if (answer.status !== 200) throw statusError(answer, messageOf(answer), now());
    const json = jsonOf(answer);
    const error = errorInside(json);
    if (error !== null) throw new SoferError("error-in-200", `the service says: ${error}`, fieldsOf(answer));
    return { ...answer, json };
  };
}

/**
 * A 403 with a page in place of data: a gateway that has had enough of us, not the application. A storage service says
 * its own refusals in XML.
 */
export function isBlockPage(answer: AnswerHead): boolean {
  const isXml = /^application\/(?:\w+\+)?xml\b/i.test(answer.headers.get("content-type") ?? "");
  return answer.status === 403 && !isJsonType(answer) && !isXml;
}

function isJsonType(answer: AnswerHead): boolean {
  const type = answer.headers.get("content-type") ?? "";
  return type === "" || /^[^;]*\bjson\b/i.test(type);
}

function jsonOf(answer: Answer): unknown {
  if (!isJsonType(answer)) {
    throw new SoferError("not-json", `expected JSON, got ${answer.headers.get("content-type")}`, {
      ...fieldsOf(answer),
      hint: "is the address that of a Sefaria service?",
    });
  }
  return parseJson(answer.body, "the answer", fieldsOf(answer));
}

function errorInside(json: unknown): string | null {
  if (typeof json !== "object" || json === null || !("error" in json) || json.error === null) return null;
  const { error } = json;
  // A storage service's error is an object with a message.
  if (typeof error === "object" && "message" in error && typeof error.message === "string")
    return shortened(error.message);
  return shortened(typeof error === "string" ? error : JSON.stringify(error));
}

/** A host's own words, of which a message needs no more than the beginning. */
function shortened(words: string): string {
  return words.length <= MAX_SAID ? words : `${words.slice(0, MAX_SAID)}…`;
}

function fieldsOf(answer: AnswerHead): ErrorFields {
  return { url: answer.url, status: answer.status };
}

/** The message inside a JSON error body, or "" for a page. */
function messageOf(answer: Answer): string {
  if (!isJsonType(answer)) return "";
  try {
    return errorInside(parseJson(answer.body, "the answer", {})) ?? "";
  } catch (error) {
    // An error body that is not JSON has no message for us; the status alone decides.
    if (error instanceof SoferError) return "";
    throw error;
  }
}

/** What a status other than success means for what happens next. @param said the answer's own words, or "" */
export function statusError(answer: AnswerHead, said: string, nowMs: number): SoferError {
  const { status } = answer;
  const message = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  const askedMs = retryAfterMs(answer.headers.get("retry-after"), nowMs);
  const fields = fieldsOf(answer);
  if (askedMs !== null) fields.retryAfterMs = askedMs;
  if (status === 429 || (status === 503 && askedMs !== null)) return new SoferError("throttled", message, fields);
  if (status === 408 || status === 504 || status === 524) return new SoferError("timeout", message, fields);
  if (status === 425 || status >= 500) return new SoferError("server-error", message, fields);
  if (status === 404) return new SoferError("not-found", message, fields);
  if (isBlockPage(answer)) fields.hint = "the host blocks us: ask less, and ask the publisher";
  return new SoferError("refused", message, fields);
}
