import { BackOff, mayPass, requestCount, SoferError, type BackOffOptions, type Clock } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";

export interface RetryOptions extends BackOffOptions {
  readonly clock: Clock;
  /** Whoever asked sends again, as it sees fit: the first failure is thrown as it is. */
  readonly givesBack?: boolean;
  readonly onWait?: OnWait;
}

/** Told before each wait for the next sending, and awaited after it: a wait needs no slot of its own meanwhile. */
export interface OnWait {
  begins(error: SoferError, failures: number, waitMs: number): void;
  ends(): Promise<void>;
}

/**
 * Sends again what may pass, after a back-off with full jitter (a random part of a doubling ceiling: many workers that
 * failed together do not come back together). `Retry-After` is the least wait. The last error is thrown with the count.
 */
export function retry<T extends AnswerHead>(inner: Exchange<T>, options: RetryOptions): Exchange<T> {
  if (options.givesBack === true) return inner;
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

/** The failures of one request so far, waited for. */
export class Attempts {
  readonly #backOff: BackOff;
  readonly #options: RetryOptions;

  constructor(options: RetryOptions) {
    this.#backOff = new BackOff(options);
    this.#options = options;
  }

  /** Those that cost an attempt. */
  get failures(): number {
    return this.#backOff.failures;
  }

  /** Sendings that failed, for whatever reason. */
  get requests(): number {
    return this.#backOff.requests;
  }

  /** The request got on although it failed: what it had cost is forgiven. */
  progressed(): void {
    this.#backOff.progressed();
  }

  /** Waits until it may be sent again, or throws: what cannot pass as it is, what failed too often with the count. */
  async failed(error: unknown, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { clock, givesBack, onWait } = this.#options;
    if (!(error instanceof SoferError) || !mayPass(error) || givesBack === true) throw error;
    const waitMs = this.#backOff.next(error);
    if (waitMs === null) throw gaveUp(error, this.requests);
    onWait?.begins(error, this.requests, waitMs);
    try {
      await clock.sleep(waitMs, signal);
    } finally {
      await onWait?.ends();
    }
  }
}

function tooSlow(error: SoferError, requests: number): SoferError {
  return new SoferError("too-slow", `${error.message} (${requests} requests)`, { ...fieldsOf(error), cause: error });
}

function gaveUp(error: SoferError, requests: number): SoferError {
  return new SoferError(error.code, `${error.message} (${requestCount(requests)})`, {
    ...fieldsOf(error),
    cause: error,
  });
}

function fieldsOf(error: SoferError): { hint: string; url?: string; status?: number; retryAfterMs?: number } {
  return {
    hint: error.hint,
    ...(error.url === null ? {} : { url: error.url }),
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}
