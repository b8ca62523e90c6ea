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
    this.#tokens = Math.min(settings.capacity, this.#tokens + ((nowMs - this.#at) * settings.ratePerSecond) / 1000);
    this.#at = nowMs;
    const granted = Math.min(want, Math.floor(this.#tokens + 1e-9));
    this.#tokens -= granted;
    return { granted, waitMs: ((1 - this.#tokens) * 1000) / settings.ratePerSecond };
  }
  pause(_host: string, untilMs: number) {
    this.#until = untilMs;
  }
  pausedUntil() {
    return this.#until;
  }
  rateState() {
    return this.#rate;
  }
  changeRate(_host: string, change: (state: RateState | null) => RateState) {
    return (this.#rate = change(this.#rate));
  }
}
