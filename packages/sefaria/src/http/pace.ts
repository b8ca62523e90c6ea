import { retryAfterMs, SoferError, type Pacer, type RateLimit, type Refusal, type SendingEnd } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";
import { rateLimitOf } from "./rate-limit-headers.ts";
import { isBlockPage } from "./validate.ts";

/**
 * Every sending, a retry or a redirect too, waits for a permit; how it ended is told to everybody: a refusal cuts the pace, and
 * one failure after another means that the host is down.
 */
export function pace<T extends AnswerHead>(
  inner: Exchange<T>,
  options: { pacer: Pacer; now: () => number },
): Exchange<T> {
  const { pacer, now } = options;
  return async (request) => {
    const host = new URL(request.url).host;
    await pacer.permit(host, request.signal);
    const sentAtMs = now();
    let answer: T;
    try {
      answer = await inner(request);
    } catch (error) {
      // Our own stop says nothing of the host; an answer that is too large for us is an answer.
      const isLarge = error instanceof SoferError && error.code === "too-large";
      if (request.signal?.aborted !== true) pacer.ended({ host, end: isLarge ? "answered" : "troubled" });
      throw error;
    }
    const { status, headers } = answer;
    const askedMs = retryAfterMs(headers.get("retry-after"), now());
    const limit = rateLimitOf(headers, now());
    if (status === 429 || (status === 503 && askedMs !== null) || isBlockPage(answer)) {
      pacer.refused(withLimit<Refusal>({ host, status, retryAfterMs: askedMs, sentAtMs }, limit));
    } else {
      pacer.ended(withLimit<SendingEnd>({ host, end: status < 500 ? "answered" : "troubled" }, limit));
    }
    return answer;
  };
}

function withLimit<T extends { readonly limit?: RateLimit }>(what: T, limit: RateLimit | null): T {
  return limit === null ? what : { ...what, limit };
}
