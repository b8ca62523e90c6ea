import { SoferError, type Clock } from "@sofer/core";
import type { Answer, Exchange } from "./exchange.ts";

/** Longest single wait, whatever the host asks: a longer pause is the pacer's to keep. */
export const MAX_BACKOFF_MS = 60_000;

export interface RetryOptions {
  /** Sendings after the first one. */
  readonly maxRetries: number;
  readonly initialBackoffMs: number;
  readonly clock: Clock;
  /** In [0, 1); a test gives its own. */
  readonly random?: () => number;
}

/**
 * Sends again what may pass, after a back-off with full jitter (a random part of a doubling ceiling: many workers that
 * failed together do not come back together). `Retry-After` is the least wait. The last error is thrown with the count.
 */
export function retry<T extends Answer>(inner: Exchange<T>, options: RetryOptions): Exchange<T> {
  const random = options.random ?? Math.random;
  return async (request) => {
    for (let failures = 0; ;) {
      try {
        return await inner(request);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (!(error instanceof SoferError) || !mayPass(error)) throw error;
        failures++;
        if (request.canSplit && error.code === "timeout" && failures > 1) throw tooSlow(error, failures);
        if (failures > options.maxRetries) throw gaveUp(error, failures);
        const ceilingMs = Math.min(MAX_BACKOFF_MS, options.initialBackoffMs * 2 ** (failures - 1));
        const askedMs = Math.min(MAX_BACKOFF_MS, error.retryAfterMs ?? 0);
        await options.clock.sleep(Math.max(askedMs, random() * ceilingMs), request.signal);
      }
    }
  };
}

function mayPass(error: SoferError): boolean {
  return error.next === "retry" || error.next === "later";
}

function tooSlow(error: SoferError, requests: number): SoferError {
  return new SoferError("too-slow", `${error.message} (${requests} requests)`, { ...fieldsOf(error), cause: error });
}

function gaveUp(error: SoferError, requests: number): SoferError {
  const count = requests === 1 ? "1 request" : `${requests} requests`;
  return new SoferError(error.code, `${error.message} (${count})`, { ...fieldsOf(error), cause: error });
}

function fieldsOf(error: SoferError): { hint: string; url?: string; status?: number; retryAfterMs?: number } {
  return {
    hint: error.hint,
    ...(error.url === null ? {} : { url: error.url }),
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}
