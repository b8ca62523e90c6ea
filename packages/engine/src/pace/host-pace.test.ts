import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { HostPace, type PaceLedger } from "./host-pace.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

/** A bucket in memory, by the textbook. */
class MemoryLedger implements PaceLedger {
  #tokens = 1;
  #at = 0;
  #until = 0;

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
}

describe("HostPace", () => {
  test.each([
    [1, 1, 0.97],
    [20, 2, 0.97],
    [25, 2.5, 0.97],
    [200, 20, 0.97],
    // Without room to save up, every wait is rounded up to a whole millisecond of 10.
    [100, 1, 0.9],
  ])("%d/s, burst %d: never more in a second, however late permits are used", async (rate, burst, share) => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: rate, burst }, new MemoryLedger(), clock);
    const granted: { at: number; until: number }[] = [];
    const ask = () =>
      pace.request((until) => {
        granted.push({ at: clock.monotonicMs(), until: until - clock.now() + clock.monotonicMs() });
        ask();
      });
    // Always more waiting than the bucket can give at once.
    for (let waiting = 0; waiting < burst + 5; waiting++) ask();
    await clock.advance(60_000);
    pace.end();
    expect(granted.length).toBeGreaterThanOrEqual(share * 60 * rate);
    // The worst for any window: what was granted before it is used at the end of its life, the rest at once.
    let oldest = 0;
    let most = 0;
    for (const [newest, { at }] of granted.entries()) {
      while ((granted[oldest]?.until ?? 0) < at - 1_000) oldest++;
      most = Math.max(most, newest - oldest + 1);
    }
    expect(most).toBeLessThanOrEqual(rate + burst);
  });

  test("a refusal stops everybody for as long as the host asked", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock);
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: 3_000 })).toBe(3_000);
    let granted = 0;
    pace.request(() => granted++);
    await clock.advance(2_999);
    expect(granted).toBe(0);
    await clock.advance(1);
    expect(granted).toBe(1);
  });

  test("an absurd wait is cut", () => {
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), new FakeClock());
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: 1e12 })).toBe(15 * 60_000);
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: -5 })).toBe(0);
  });
});
