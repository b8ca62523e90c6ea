import type { Clock } from "@sofer/core";
import type { FaultRule } from "./rule.ts";

/** A token bucket, as gateways keep one: `burst` at once, then `perSecond`. */
export class Limiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #style: FaultRule["headers"];
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond = 10, burst = perSecond, headers }: FaultRule, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, burst);
    this.#style = headers;
    this.#clock = clock;
    this.#tokens = this.#burst;
    this.#atMs = clock.monotonicMs();
  }

  /** True when the request may pass. */
  takes(): boolean {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** What the answer says of the limit. */
  tell(headers: Headers): void {
    const left = Math.floor(this.#tokens);
    const resetSeconds = Math.ceil((this.#burst - this.#tokens) / this.#perSecond);
    if (this.#style === "legacy") {
      headers.set("x-ratelimit-limit", String(this.#burst));
      headers.set("x-ratelimit-remaining", String(left));
      headers.set("x-ratelimit-reset", String(resetSeconds));
    } else if (this.#style === "draft") {
      headers.set("ratelimit-policy", `"default";q=${this.#perSecond};w=1`);
      headers.set("ratelimit", `"default";r=${left};t=${resetSeconds}`);
    }
  }
}
