import type { Clock, EventListener, LiveHost, PaceSettings, RateState, Refusal, SendingEnd } from "@sofer/core";
import { Breaker } from "./breaker.ts";
import { bucketFor } from "./bucket.ts";
import type { UsedPace } from "../spent.ts";
import { borneRate, withAnswers, withPause, withRefusal } from "./rate-control.ts";

/** The part of the pace file that is used here: of each host a token bucket, a pause, and the rate it bears (store's PaceBook). */
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
  /** Ends the pause that lasts until `untilMs`; another one stays. */
  endPause(host: string, untilMs: number): void;
  rateState(host: string): RateState | null;
  changeRate(host: string, change: (state: RateState | null) => RateState): RateState;
}

/** Gives one permit, good for one sending until `expiresAt` (wall clock, ms; Infinity where there is no pace). */
export type Grant = (expiresAt: number) => void;

/** Without a wish of its own, a host that throttles is left alone for this long: the cut of the rate does the rest. */
const SHORT_PAUSE_MS = 1_000;
/** And one that blocks us (403), which is no matter of a second. */
const LONG_PAUSE_MS = 5_000;
/** A host may ask for a long pause; an absurd one is cut to this, and said. */
export const MAX_PAUSE_MS = 15 * 60_000;
/** A window that is used up is waited for; one that is longer is no window of a pace. */
const MAX_WINDOW_MS = 60_000;
/** Whoever is held is woken when that ends; this is only for a clock that cannot wait for ever. */
const HELD_MS = 60_000;
/** A rate over less is a guess. */
const LEAST_SPAN_MS = 1_000;
/** The shared state is read and written so often at most. */
const SYNC_MS = 250;

/**
 * Hands out permits for one host, first come first served: as the user's pace allows, as the host has shown to bear, and
 * one probe at a time while it is down.
 */
export class HostPace {
  readonly #host: string;
  #settings: PaceSettings;
  readonly #ledger: PaceLedger;
  readonly #clock: Clock;
  readonly #onEvent: EventListener;
  readonly #onLost: (thrown: unknown) => void;
  readonly #waiting: { readonly grant: Grant; readonly sinceMs: number }[] = [];
  #firstMs: number | null = null;
  #lastMs = 0;
  /** Added up over all permits. */
  waitedMs = 0;
  readonly #breaker = new Breaker();
  readonly #over = new AbortController();
  #sleeping = new AbortController();
  #isPumping = false;
  #state: RateState | null = null;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;
  #isHeld = false;
  #refusals = 0;
  /** A pause, by the wall clock as all processes know it, and by the one that nobody sets. */
  #pause: { readonly untilMs: number; readonly endsMs: number } | null = null;
  /** Permits given so far, those that came too late to be used included. */
  granted = 0;

  /** @param onLost the ledger cannot be used any more (its disk is full): no permit is given from then on */
  constructor(
    host: string,
    settings: PaceSettings,
    ledger: PaceLedger,
    clock: Clock,
    onLost: (thrown: unknown) => void,
    onEvent: EventListener = () => undefined,
  ) {
    this.#host = host;
    this.#settings = settings;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#onEvent = onEvent;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** ms for which nobody has asked the host but one probe at a time; null: it is not down. */
  get downMs(): number | null {
    return this.#breaker.downMs(this.#clock.monotonicMs());
  }

  /** Requests per second that may be asked now; 0: no pace. */
  get ratePerSecond(): number {
    const borne = borneRate(this.#state, this.#clock.now());
    const { ratePerSecond: most } = this.#settings;
    return borne === null ? most : most === 0 ? borne : Math.min(most, borne);
  }

  /** From now on the user allows this. */
  change(settings: PaceSettings): void {
    this.#settings = settings;
    this.#wake();
  }

  /** While it is held nothing is granted, not even a probe. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#wake();
  }

  snapshot(): LiveHost {
    const nowMs = this.#clock.monotonicMs();
    return {
      host: this.#host,
      ratePerSecond: this.ratePerSecond,
      allowedPerSecond: this.#settings.ratePerSecond,
      granted: this.granted,
      waiting: this.#waiting.length,
      refusals: this.#refusals,
      pausedUntil: this.#pause?.untilMs ?? null,
      downMs: this.downMs,
      probeInMs: this.#breaker.waitMs(nowMs),
      isHeld: this.#isHeld,
    };
  }

  used(): UsedPace {
    const spanMs = this.#lastMs - (this.#firstMs ?? this.#lastMs);
    return {
      host: this.#host,
      usedPerSecond: spanMs < LEAST_SPAN_MS ? null : ((this.granted - 1) * 1000) / spanMs,
      allowedPerSecond: this.#settings.ratePerSecond,
    };
  }

  request(grant: Grant): void {
    this.#waiting.push({ grant, sinceMs: this.#clock.monotonicMs() });
    void this.#pump();
  }

  /** The host says "not now": everybody waits for as long as it asks, and the rate is cut, once for each burst. */
  refused(refusal: Refusal): void {
    this.#orLost(() => this.#refused(refusal));
  }

  #refused(refusal: Refusal): void {
    const { status, retryAfterMs, limit, sentAtMs } = refusal;
    this.#refusals++;
    const now = this.#clock.now();
    const wish = retryAfterMs ?? limit?.resetMs ?? (status === 403 ? LONG_PAUSE_MS : SHORT_PAUSE_MS);
    const waitMs = Math.min(MAX_PAUSE_MS, Math.max(0, wish));
    this.#ledger.pause(this.#host, now + waitMs, now);
    this.#pauseLeftMs(now);
    this.#sync();
    const before = this.ratePerSecond;
    const cutAtMs = this.#state?.cutAtMs;
    const said = limit?.ratePerSecond ?? null;
    this.#state = this.#ledger.changeRate(this.#host, (state) =>
      withPause(withRefusal(state, { sentAtMs, said }, this.#settings.ratePerSecond, now), waitMs, now),
    );
    // Others of the same burst are no news.
    if (this.#state.cutAtMs === cutAtMs) return;
    this.#onEvent({ type: "host-refused", host: this.#host, status, waitMs });
    const { ratePerSecond } = this;
    if (ratePerSecond === before) return;
    const why = `the host refused with ${status}`;
    this.#onEvent({ type: "pace-changed", host: this.#host, ratePerSecond, why });
  }

  /** A sending has ended, and not with a refusal. */
  ended(end: SendingEnd): void {
    this.#orLost(() => this.#ended(end));
  }

  #ended({ end, limit }: SendingEnd): void {
    if (end === "troubled") return this.#troubled();
    this.#unsaid++;
    const now = this.#clock.now();
    if (now - this.#syncedAt >= SYNC_MS || now < this.#syncedAt) this.#sync();
    // A host that says that nothing is left need not be asked until it refuses.
    if (limit?.remaining === 0 && limit.resetMs !== null && limit.resetMs > 0) {
      this.#ledger.pause(this.#host, now + Math.min(MAX_WINDOW_MS, limit.resetMs), now);
      this.#pauseLeftMs(now);
    }
    const downMs = this.#breaker.answered(this.#clock.monotonicMs());
    if (downMs === null) return;
    this.#onEvent({ type: "host-up", host: this.#host, downMs });
    this.#wake();
  }

  /** Forgets everybody who waits. */
  end(): void {
    this.#waiting.length = 0;
    this.#over.abort();
    if (this.#unsaid > 0) this.#orLost(() => this.#sync());
  }

  #orLost(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#over.abort();
      this.#onLost(thrown);
    }
  }

  /**
   * Of the host's pause, 0 when it is over. It lasts as long as when it was first seen here, whatever becomes of the wall
   * clock, and never longer than a host may ask for: one that seems to was written before the clock was set back.
   */
  #pauseLeftMs(nowMs: number): number {
    const untilMs = this.#ledger.pausedUntil(this.#host, nowMs);
    const monotonicMs = this.#clock.monotonicMs();
    if (untilMs !== null && untilMs !== this.#pause?.untilMs) {
      this.#pause = { untilMs, endsMs: monotonicMs + Math.min(MAX_PAUSE_MS, untilMs - nowMs) };
    }
    if (this.#pause === null) return 0;
    const leftMs = this.#pause.endsMs - monotonicMs;
    if (leftMs > 0) return leftMs;
    this.#ledger.endPause(this.#host, this.#pause.untilMs);
    this.#pause = null;
    return 0;
  }

  #troubled(): void {
    const probeInMs = this.#breaker.troubled(this.#clock.monotonicMs());
    if (probeInMs !== null) {
      const why = "request after request has failed";
      this.#onEvent({ type: "host-down", host: this.#host, why, probeInMs });
    }
    // Who waits for a probe that has failed waits for the next one.
    if (this.downMs !== null) this.#wake();
  }

  /** Tells of answers, and reads what others have found out. */
  #sync(): void {
    const now = this.#clock.now();
    const answers = this.#unsaid;
    this.#unsaid = 0;
    this.#syncedAt = now;
    this.#state =
      answers === 0
        ? this.#ledger.rateState(this.#host)
        : this.#ledger.changeRate(this.#host, (state) => withAnswers(state, answers, now));
  }

  #wake(): void {
    this.#sleeping.abort();
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0 && !this.#over.signal.aborted) {
        const waitMs = this.#grantSome();
        if (waitMs > 0) await this.#sleep(waitMs);
      }
    } catch (thrown) {
      this.#over.abort();
      this.#onLost(thrown);
    } finally {
      this.#isPumping = false;
    }
  }

  /** Until the time has come, or something has changed. */
  async #sleep(ms: number): Promise<void> {
    this.#sleeping = new AbortController();
    const signal = AbortSignal.any([this.#over.signal, this.#sleeping.signal]);
    try {
      await this.#clock.sleep(ms, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  /** Grants what may go now; returns how long to wait before more may. */
  #grantSome(): number {
    if (this.#isHeld) return HELD_MS;
    const now = this.#clock.now();
    const pauseLeftMs = this.#pauseLeftMs(now);
    if (pauseLeftMs > 0) return pauseLeftMs;
    const probeInMs = this.#breaker.waitMs(this.#clock.monotonicMs());
    if (probeInMs !== null) return this.#grantProbe(probeInMs);
    if (now - this.#syncedAt >= SYNC_MS || now < this.#syncedAt) this.#sync();
    const { ratePerSecond } = this;
    if (ratePerSecond === 0) {
      this.#give(this.#waiting.length, Number.POSITIVE_INFINITY);
      return 0;
    }
    const isCut = ratePerSecond !== this.#settings.ratePerSecond;
    // What the host allows at once is not known: a cut pace saves nothing up.
    const bucket = bucketFor(isCut ? { ratePerSecond, burst: 1 } : this.#settings);
    const taken = this.#ledger.take(this.#host, bucket, this.#waiting.length, now);
    this.#give(taken.granted, now + bucket.permitLifeMs);
    return taken.granted > 0 ? 0 : Math.max(1, taken.waitMs);
  }

  #grantProbe(waitMs: number): number {
    if (waitMs > 0) return waitMs;
    this.#breaker.probeSent(this.#clock.monotonicMs());
    this.#give(1, Number.POSITIVE_INFINITY);
    return 0;
  }

  #give(count: number, expiresAt: number): void {
    if (count === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.granted += count;
    this.#firstMs ??= nowMs;
    this.#lastMs = nowMs;
    for (const { grant, sinceMs } of this.#waiting.splice(0, count)) {
      this.waitedMs += nowMs - sinceMs;
      grant(expiresAt);
    }
  }
}
