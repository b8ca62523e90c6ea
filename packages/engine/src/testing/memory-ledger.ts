import type { RateState } from "@sofer/core";
import type { PaceLedger } from "../pace/host-pace.ts";

/** A bucket in memory, by the textbook. */
export class MemoryLedger implements PaceLedger {
  #tokens = 1;
  #at = 0;
  #until = 0;
  #rate: RateState | null = null;

  take(_host: string, settings: { ratePerSecond: number; capacity: number }, want: number, nowMs: number) {
    if (this.#at === 0) this.#at = nowMs;
    const elapsedMs = Math.max(0, nowMs - this.#at);
    this.#tokens = Math.min(settings.capacity, this.#tokens + (elapsedMs * settings.ratePerSecond) / 1000);
    this.#at = nowMs;
    const granted = Math.min(want, Math.floor(this.#tokens + 1e-9));
    this.#tokens -= granted;
    return { granted, waitMs: ((1 - this.#tokens) * 1000) / settings.ratePerSecond };
  }
  pause(_host: string, untilMs: number) {
    this.#until = untilMs;
  }
  /** As the pace file: null when it is over by the wall clock. */
  pausedUntil(_host: string, nowMs: number) {
    return this.#until > nowMs ? this.#until : null;
  }
  endPause(_host: string, untilMs: number) {
    if (this.#until === untilMs) this.#until = 0;
  }
  rateState() {
    return this.#rate;
  }
  changeRate(_host: string, change: (state: RateState | null) => RateState) {
    return (this.#rate = change(this.#rate));
  }
}

/** For a ledger that does not fail. */
export function unlost(thrown: unknown): never {
  throw thrown;
}
