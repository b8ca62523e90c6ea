import { SoferError, type Clock } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";

/** Longest single wait, whatever the host asks: a longer pause is the pacer's to keep. */
export const MAX_BACKOFF_MS = 60_000;

/** Pauses that a host may ask for in one request. They cost no attempt, but a host that only ever says "later" ends. */
export const MAX_PAUSES = 20;

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
export function retry<T extends AnswerHead>(inner: Exchange<T>, options: RetryOptions): Exchange<T> {
  return async (request) => {
    const attempts = new Attempts(options);
    for (;;) {
      try {
        return await inner(request);
      } catch (error) {
        const { signal, canSplit } = request;
        if (canSplit && attempts.failures > 0 && error instanceof SoferError && error.code === "timeout") {
          signal?.throwIfAborted();
          throw tooSlow(error, attempts.requests + 1);
        }
        await attempts.failed(error, signal);
      }
    }
  };
}

/** The failures of one request so far, and what follows from the next. */
export class Attempts {
  readonly #options: RetryOptions;
  readonly #random: () => number;
  #failures = 0;
  #pauses = 0;
  #requests = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Those that cost an attempt; a pause that the host asked for does not. */
  get failures(): number {
    return this.#failures;
  }

  /** Sendings that failed, for whatever reason. */
  get requests(): number {
    return this.#requests;
  }

  /** The request got on although it failed: what it had cost is forgiven. */
  progressed(): void {
    this.#failures = 0;
  }

  /** Waits until it may be sent again, or throws: what cannot pass as it is, what failed too often with the count. */
  async failed(error: unknown, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!(error instanceof SoferError) || !mayPass(error)) throw error;
    this.#requests++;
    const isPause = error.next === "later";
    const count = isPause ? ++this.#pauses : ++this.#failures;
    if (count > (isPause ? MAX_PAUSES : this.#options.maxRetries)) throw gaveUp(error, this.#requests);
    const ceilingMs = Math.min(MAX_BACKOFF_MS, this.#options.initialBackoffMs * 2 ** (count - 1));
    const askedMs = Math.min(MAX_BACKOFF_MS, error.retryAfterMs ?? 0);
    await this.#options.clock.sleep(Math.max(askedMs, this.#random() * ceilingMs), signal);
  }
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
