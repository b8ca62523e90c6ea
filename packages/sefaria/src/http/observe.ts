import type { Exchange, SentRequest } from "./exchange.ts";

/** Reports every sending once, also those that fail. */
export function observe(inner: Exchange, onRequest: ((sent: SentRequest) => void) | undefined): Exchange {
  if (onRequest === undefined) return inner;
  return async (request) => {
    const start = performance.now();
    const sentAt = performance.timeOrigin + start;
    let status = 0;
    let bytes = 0;
    try {
      const answer = await inner(request);
      ({ status, bytes } = answer);
      return answer;
    } finally {
      onRequest({ url: request.url, status, bytes, ms: performance.now() - start, sentAt });
    }
  };
}
