import { retryAfterMs, SoferError, type Clock } from "@sofer/core";

/** One request of an adapter: what differs between stores is what they make of the answer. */
export interface StoreRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface StoreClientOptions {
  readonly clock: Clock;
  /** ms that one request may take, its answer included. */
  readonly timeoutMs: number;
  /** Sent with every request; where the key is. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Takes secrets out of what a store says: it may repeat a key. */
  readonly redact?: (text: string) => string;
  /** Statuses beside 2xx that are answers to look at. */
  readonly answers?: readonly number[];
  /** What this service means by a status, where it differs from `statusError`; null: the same. */
  readonly refusal?: (answer: StoreAnswer) => SoferError | null;
}

/** Longest part of an error's body that is shown. */
const SHOWN_CHARACTERS = 300;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Sends one request, once. */
export type StoreClient = (request: StoreRequest, signal: AbortSignal) => Promise<StoreAnswer>;

/**
 * One try at one request over Bun's fetch, its failures named by what happens next (core/sink.ts). Nothing is repeated
 * here. Redirects are not followed: they would carry the key to another host.
 */
export function storeClient(options: StoreClientOptions): StoreClient {
  return async (request, signal) => {
    const { url } = request;
    const timeout = AbortSignal.timeout(options.timeoutMs);
    let response: Response | undefined;
    let text: string;
    try {
      response = await fetch(url, {
        method: request.method,
        headers: { accept: "application/json", ...options.headers(), ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        signal: AbortSignal.any([signal, timeout]),
      });
      const announced = Number(response.headers.get("content-length") ?? "0");
      if (announced > MAX_ANSWER_BYTES) {
        await response.body?.cancel();
        throw new SoferError("wire-shape", `the answer announces ${announced} bytes`, { url });
      }
      text = await response.text();
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw sendingError(thrown, url, response, timeout.aborted ? options.timeoutMs : null);
    }
    const { status, headers } = response;
    if ((status >= 200 && status < 300) || options.answers?.includes(status)) return { status, headers, text };
    const said = options.redact?.(text) ?? text;
    const answer = { status, headers, text: said };
    throw options.refusal?.(answer) ?? statusError(answer, url, options.clock.now());
  };
}

function sendingError(
  thrown: unknown,
  url: string,
  response: Response | undefined,
  timeoutMs: number | null,
): SoferError {
  if (thrown instanceof SoferError) return thrown;
  const { host } = new URL(url);
  if (timeoutMs !== null)
    return new SoferError("timeout", `${host} gave no answer within ${timeoutMs / 1000} s`, { url });
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const reason = code === "" ? (thrown instanceof Error ? thrown.message : String(thrown)) : code;
  if (response !== undefined) return new SoferError("body-cut", `the answer of ${host} broke off (${reason})`, { url });
  return new SoferError("network", `${host} cannot be reached (${reason})`, {
    url,
    hint: "check the address and the connection",
  });
}

/** What follows from a status that is no answer. */
export function statusError(answer: StoreAnswer, url: string, nowMs: number): SoferError {
  const { status, headers } = answer;
  const said = answer.text.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
  const told = said === "" ? "" : `: ${said}`;
  const askedMs = retryAfterMs(headers.get("retry-after"), nowMs);
  const fields = { url, status, ...(askedMs === null ? {} : { retryAfterMs: askedMs }) };
  const { host } = new URL(url);
  if (status === 429 || (status === 503 && askedMs !== null)) {
    return new SoferError("throttled", `${host} asks for a pause (status ${status})${told}`, fields);
  }
  if (status === 408 || status >= 500) {
    return new SoferError("server-error", `${host} answered with status ${status}${told}`, fields);
  }
  if (status === 413) return new SoferError("too-large", `${host} finds the request too large${told}`, fields);
  if (status === 401 || status === 403) {
    const hint = "is the key right, and may it do this?";
    return new SoferError("unauthorized", `${host} refused the key (status ${status})${told}`, { ...fields, hint });
  }
  if (status >= 300 && status < 400) {
    return new SoferError(
      "refused",
      `${host} sends elsewhere (status ${status}); name the address it sends to`,
      fields,
    );
  }
  return new SoferError("refused", `${host} refused the request (status ${status})${told}`, fields);
}
