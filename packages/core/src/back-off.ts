import type { NextStep } from "./errors.ts";

/** Longest single wait, whatever the host asks: a longer pause is the pacer's to keep. */
export const MAX_BACKOFF_MS = 60_000;

/** Pauses that a host may ask for in one request. They cost no attempt, but a host that only ever says "later" ends. */
export const MAX_PAUSES = 20;

export interface BackOffOptions {
  /** Sendings after the first one. */
  readonly maxRetries: number;
  readonly initialBackoffMs: number;
  /** In [0, 1); a test gives its own. */
  readonly random?: () => number;
}

/**
 * The failures of one request so far, and how long to wait before it is sent again: a random part of a doubling ceiling
 * (full jitter: many that failed together do not come back together), at least what the host asked for.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #random: () => number;
  #failures = 0;
  #pauses = 0;
  #requests = 0;

  constructor(options: BackOffOptions) {
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

  /**
   * Takes a failure that may pass (`retry` or `later`).
   * @param isFree it costs nothing, because the host is down for everybody
   * @returns milliseconds to wait, or null when it failed too often.
   */
  next(error: { readonly next: NextStep; readonly retryAfterMs: number | null }, isFree = false): number | null {
    this.#requests++;
    if (isFree) return this.#wait(1, 0);
    const isPause = error.next === "later";
    const count = isPause ? ++this.#pauses : ++this.#failures;
    if (count > (isPause ? MAX_PAUSES : this.#options.maxRetries)) return null;
    // A refused request does not wait ever longer: the pace of all is what is cut.
    return this.#wait(isPause ? 1 : count, Math.min(MAX_BACKOFF_MS, error.retryAfterMs ?? 0));
  }

  #wait(count: number, askedMs: number): number {
    const ceilingMs = Math.min(MAX_BACKOFF_MS, this.#options.initialBackoffMs * 2 ** (count - 1));
    return Math.max(askedMs, this.#random() * ceilingMs);
  }
}

/** Whether the same request may be sent again. */
export function mayPass(error: { readonly next: NextStep }): boolean {
  return error.next === "retry" || error.next === "later";
}

/** "1 request", "3 requests": how often it was tried, for the last error's message. */
export function requestCount(requests: number): string {
  return requests === 1 ? "1 request" : `${requests} requests`;
}
