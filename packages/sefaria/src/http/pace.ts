import type { Pacer, Refusal } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";
import { retryAfterMs } from "./retry-after.ts";
import { isBlockPage } from "./validate.ts";

/** Every sending, a retry or a redirect too, waits for a permit; a host that refuses is reported to everybody. */
export function pace<T extends AnswerHead>(
  inner: Exchange<T>,
  options: { pacer: Pacer; now: () => number },
): Exchange<T> {
  return async (request) => {
    const host = new URL(request.url).host;
    await options.pacer.permit(host, request.signal);
    const answer = await inner(request);
    const { status } = answer;
    const askedMs = retryAfterMs(answer.headers.get("retry-after"), options.now());
    if (status === 429 || (status === 503 && askedMs !== null) || isBlockPage(answer)) {
      const refusal: Refusal = { host, status, retryAfterMs: askedMs };
      options.pacer.refused(refusal);
    }
    return answer;
  };
}
