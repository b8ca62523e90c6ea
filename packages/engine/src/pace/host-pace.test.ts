import { describe, expect, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { capacityFor, HostPace, type PaceLedger } from "./host-pace.ts";

/** A bucket in memory, by the textbook. */
class Bucket implements PaceLedger {
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
    [1, 1],
    [20, 2],
    [200, 20],
  ])("%d/s with burst %d: no second holds more than both, a minute holds 97 % of the rate", async (rate, burst) => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: rate, burst }, new Bucket(), clock);
    const sent: number[] = [];
    const ask = () =>
      pace.request(() => {
        sent.push(clock.monotonicMs());
        ask();
      });
    // Always more waiting than the bucket can give at once.
    for (let waiting = 0; waiting < burst + 5; waiting++) ask();
    await clock.advance(60_000);
    pace.end();
    expect(sent.length).toBeGreaterThanOrEqual(0.97 * 60 * rate);
    let oldest = 0;
    for (const [newest, at] of sent.entries()) {
      while (at - (sent[oldest] ?? 0) > 1000) oldest++;
      expect(newest - oldest + 1).toBeLessThanOrEqual(rate + burst);
    }
  });

  test("a refusal stops everybody for as long as the host asked", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new Bucket(), clock);
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: 3_000 })).toBe(3_000);
    let granted = 0;
    pace.request(() => granted++);
    await clock.advance(2_999);
    expect(granted).toBe(0);
    await clock.advance(1);
    expect(granted).toBe(1);
  });

  test("an absurd wait is cut", () => {
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new Bucket(), new FakeClock());
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: 1e12 })).toBe(15 * 60_000);
    expect(pace.refused({ host: "host", status: 429, retryAfterMs: -5 })).toBe(0);
  });

  test("capacity leaves room for the way from the grant to the wire", () => {
    expect([
      capacityFor({ ratePerSecond: 1, burst: 1 }),
      capacityFor({ ratePerSecond: 20, burst: 2 }),
      capacityFor({ ratePerSecond: 200, burst: 20 }),
    ]).toEqual([1, 1.5, 18]);
  });
});
