import type { Clock } from "@sofer/core";

/** Time that passes by itself: every sleep is over at once, noted, and moves the clock on. */
export class HastyClock implements Clock {
  readonly slept: number[] = [];
  #nowMs = 0;

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.#nowMs += ms;
    await Promise.resolve();
  }
}
