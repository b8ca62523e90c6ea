import { SoferError, type Clock } from "@sofer/core";
import { storeClient, type StoreAnswer } from "../http.ts";
import { orderedAnswer, type AnswerShape } from "./answer.ts";
import { askedPauseMs } from "./asked-pause.ts";

export interface EmbedFetchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly shape: AnswerShape;
  readonly redact: (text: string) => string;
  /** The model, for what is said when the service does not know it. */
  readonly model: string;
}

/**
 * The `fetch` that a provider's package is given for one request: sends it once, names what went wrong by what happens
 * next, and puts the answer in the order of the texts. The package itself neither waits nor repeats anything here.
 */
export function embedFetch(options: EmbedFetchOptions, count: number, signal: AbortSignal): typeof fetch {
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(init?.headers));
    const client = storeClient({
      ...options,
      headers: () => headers,
      refusal: (answer) => refusalOf(answer, url, options),
    });
    const body = typeof init?.body === "string" ? init.body : "";
    const { status, text } = await client({ method: "POST", url, body }, signal);
    return new Response(orderedAnswer(text, options.shape, count, url), {
      status,
      headers: { "content-type": "application/json" },
    });
  };
  return Object.assign(send, { preconnect: fetch.preconnect });
}

/** What an embedder means by a status, where it differs from what stores mean by it; null: the same. */
function refusalOf(answer: StoreAnswer, url: string, options: EmbedFetchOptions): SoferError | null {
  const { status, headers, text } = answer;
  const said = text.replaceAll(/\s+/g, " ").trim().slice(0, 300);
  const { host } = new URL(url);
  const pauseMs = askedPauseMs(headers, text, options.clock.now());
  if (status === 429 && /insufficient_quota/.test(text)) {
    return new SoferError("unauthorized", `${host}: the account has no quota left: ${said}`, { url, status });
  }
  if (status === 429 || (status === 503 && pauseMs !== null)) {
    return new SoferError("throttled", `${host} asks for a pause (status ${status}): ${said}`, {
      url,
      status,
      ...(pauseMs === null ? {} : { retryAfterMs: pauseMs }),
    });
  }
  if (status === 404) {
    return new SoferError("usage", `${host} knows no model ${options.model}: ${said}`, {
      url,
      status,
      hint: "check the model after the colon of --embed, and --embed-url",
    });
  }
  if (status === 400 && /API_KEY_INVALID|API key not valid/i.test(text)) {
    return new SoferError("unauthorized", `${host} refused the key: ${said}`, { url, status });
  }
  // Something about these texts: which of them, halving the batch finds out.
  if (status === 400 || status === 422) {
    return new SoferError("item-refused", `${host} refused the texts (status ${status}): ${said}`, { url, status });
  }
  return null;
}
