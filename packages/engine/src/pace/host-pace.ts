import type { Clock, PaceSettings, Refusal, SendingEnd } from "@sofer/core";
import { bucketFor, type Bucket } from "./bucket.ts";

/** The part of the pace file that is used here: one token bucket and one pause per host (store's PaceBook). */
export interface PaceLedger {
  take(
    host: string,
    settings: { ratePerSecond: number; capacity: number },
    want: number,
    nowMs: number,
  ): { granted: number; waitMs: number };
  pause(host: string, untilMs: number, nowMs: number): void;
  /** null: nobody asked for a pause. */
  pausedUntil(host: string, nowMs: number): number | null;
}

/** Gives one permit, good for one sending until `expiresAt` (wall clock, ms; Infinity where there is no pace). */
export type Grant = (expiresAt: number) => void;

/** Without a wish of its own, a host that refuses is left alone for this long. */
const DEFAULT_PAUSE_MS = 5_000;
/** A host may ask for a long pause; an absurd one is cut to this, and said. */
export const MAX_PAUSE_MS = 15 * 60_000;

/** Hands out permits for one host, first come first served, as the bucket allows. */
export class HostPace {
  readonly #host: string;
  readonly #bucket: Bucket;
  readonly #ledger: PaceLedger;
  readonly #clock: Clock;
  readonly #waiting: Grant[] = [];
  #isPumping = false;
  readonly #ended = new AbortController();
  /** Permits given so far, those that came too late to be used included. */
  granted = 0;

  constructor(host: string, settings: PaceSettings, ledger: PaceLedger, clock: Clock) {
    this.#host = host;
    this.#bucket = bucketFor(settings);
    this.#ledger = ledger;
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  request(grant: Grant): void {
    this.#waiting.push(grant);
    void this.#pump();
  }

  /** @returns milliseconds until which nobody sends. */
  refused(refusal: Refusal): number {
    const wish = refusal.retryAfterMs ?? DEFAULT_PAUSE_MS;
    const waitMs = Math.min(MAX_PAUSE_MS, Math.max(0, wish));
    const now = this.#clock.now();
    this.#ledger.pause(this.#host, now + waitMs, now);
    return waitMs;
  }

  /** ms for which nobody has asked the host but one probe at a time; null: it is not down. */
  get downMs(): number | null {
    return null;
  }

  ended(_end: SendingEnd): void {}

  /** Forgets everybody who waits. */
  end(): void {
    this.#waiting.length = 0;
    this.#ended.abort();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0) {
        const waitMs = this.#grantSome();
        if (waitMs > 0) await this.#clock.sleep(waitMs, this.#ended.signal);
      }
    } catch (thrown) {
      if (!this.#ended.signal.aborted) throw thrown;
    } finally {
      this.#isPumping = false;
    }
  }

  /** Grants what may go now; returns how long to wait before more may. */
  #grantSome(): number {
    const now = this.#clock.now();
    const pausedUntil = this.#ledger.pausedUntil(this.#host, now);
    if (pausedUntil !== null && pausedUntil > now) return pausedUntil - now;
    const { ratePerSecond, permitLifeMs } = this.#bucket;
    if (ratePerSecond === 0) {
      this.#give(this.#waiting.length, Number.POSITIVE_INFINITY);
      return 0;
    }
    const taken = this.#ledger.take(this.#host, this.#bucket, this.#waiting.length, now);
    this.#give(taken.granted, now + permitLifeMs);
    return taken.granted > 0 ? 0 : Math.max(1, taken.waitMs);
  }

  #give(count: number, expiresAt: number): void {
    this.granted += count;
    for (const grant of this.#waiting.splice(0, count)) grant(expiresAt);
  }
}
