import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { RunEvent } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { MemoryLedger, unlost } from "../testing/memory-ledger.ts";
import { HostPace } from "./host-pace.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

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
    const pace = new HostPace("host", { ratePerSecond: rate, burst }, new MemoryLedger(), clock, unlost);
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

  test("while it is held nothing is granted; then everybody goes at the pace of now", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 10, burst: 1 }, new MemoryLedger(), clock, unlost);
    let granted = 0;
    const ask = () =>
      pace.request(() => {
        granted++;
        ask();
      });
    ask();
    await clock.advance(1_000);
    const before = granted;
    expect(before).toBeGreaterThan(5);
    pace.hold(true);
    await clock.advance(3_600_000);
    expect(granted).toBe(before);
    expect(pace.snapshot()).toMatchObject({ isHeld: true, waiting: 1, granted: before, allowedPerSecond: 10 });
    pace.change({ ratePerSecond: 2, burst: 1 });
    await clock.advance(60_000);
    expect(granted).toBe(before);
    pace.hold(false);
    await clock.advance(10_000);
    // Twenty in ten seconds, and what an hour without requests has saved up: one.
    expect(granted - before).toBeGreaterThanOrEqual(19);
    expect(granted - before).toBeLessThanOrEqual(21);
    pace.change({ ratePerSecond: 0, burst: 1 });
    pace.end();
    expect(pace.snapshot()).toMatchObject({ isHeld: false, allowedPerSecond: 0 });
  });

  test("a pace that is raised holds for those who wait already", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 0.01, burst: 1 }, new MemoryLedger(), clock, unlost);
    let granted = 0;
    for (let waiting = 0; waiting < 20; waiting++) pace.request(() => granted++);
    await clock.advance(1_000);
    expect(granted).toBe(1);
    pace.change({ ratePerSecond: 100, burst: 10 });
    await clock.advance(1_000);
    expect(granted).toBe(20);
    pace.end();
  });

  test("a refusal stops everybody for as long as the host asked, and is said once", async () => {
    const clock = new FakeClock();
    const events: RunEvent[] = [];
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock, unlost, (event) =>
      events.push(event),
    );
    const sentAtMs = clock.now();
    await clock.advance(100);
    for (let times = 0; times < 5; times++) pace.refused({ host: "host", status: 429, retryAfterMs: 3_000, sentAtMs });
    expect(events.filter(({ type }) => type === "host-refused")).toEqual([
      { type: "host-refused", host: "host", status: 429, waitMs: 3_000 },
    ]);
    let granted = 0;
    pace.request(() => granted++);
    await clock.advance(2_999);
    expect(granted).toBe(0);
    await clock.advance(1);
    expect(granted).toBe(1);
  });

  test.each([
    [1e12, 15 * 60_000],
    [-5, 0],
    [0, 0],
    [null, 1_000],
  ])("asked to wait %p ms, it waits %p ms", (retryAfterMs, waitMs) => {
    const clock = new FakeClock();
    const ledger = new MemoryLedger();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, ledger, clock, unlost);
    pace.refused({ host: "host", status: 429, retryAfterMs, sentAtMs: clock.now() });
    expect((ledger.pausedUntil("host", clock.now()) ?? clock.now()) - clock.now()).toBe(waitMs);
  });

  test("a host that says that nothing is left is not asked until its window begins anew", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock, unlost);
    pace.ended({ host: "host", end: "answered", limit: { ratePerSecond: null, remaining: 0, resetMs: 2_000 } });
    let granted = 0;
    pace.request(() => granted++);
    await clock.advance(1_999);
    expect(granted).toBe(0);
    await clock.advance(1);
    expect(granted).toBe(1);
  });
});

test("says how long permits were waited for, and how much of the pace was used", async () => {
  const clock = new FakeClock();
  const pace = new HostPace("host", { ratePerSecond: 2, burst: 1 }, new MemoryLedger(), clock, unlost);
  expect(pace.used()).toEqual({ host: "host", usedPerSecond: null, allowedPerSecond: 2 });
  let granted = 0;
  for (let request = 0; request < 5; request++) pace.request(() => granted++);
  await clock.advance(2_000);
  expect(granted).toBe(5);
  // At once, then half a second apart: 0 + 0.5 + 1 + 1.5 + 2 s.
  expect(pace.waitedMs).toBeCloseTo(5_000, -2);
  expect(pace.used().usedPerSecond).toBeCloseTo(2, 1);
});

describe("a wall clock that is set", () => {
  function paused(retryAfterMs: number) {
    const clock = new FakeClock();
    const ledger = new MemoryLedger();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, ledger, clock, unlost);
    pace.refused({ host: "host", status: 429, retryAfterMs, sentAtMs: clock.now() });
    const seen = { granted: 0 };
    pace.request(() => seen.granted++);
    return { clock, ledger, pace, seen };
  }

  test.each([3_600_000, -3_600_000, 365 * 86_400_000, -365 * 86_400_000])(
    "by %d ms: a pause lasts as long as the host asked",
    async (byMs) => {
      const { clock, ledger, pace, seen } = paused(10_000);
      await clock.advance(5_000);
      clock.setWall(byMs);
      await clock.advance(4_999);
      expect(seen.granted).toBe(0);
      await clock.advance(1);
      expect(seen.granted).toBe(1);
      expect(ledger.pausedUntil("host", clock.now())).toBeNull();
      pace.end();
    },
  );

  test("back, before another process reads the pause: it waits no longer than a host may ask for", async () => {
    const { clock, ledger, pace } = paused(10_000);
    pace.end();
    clock.setWall(-86_400_000);
    const later = new HostPace("host", { ratePerSecond: 0, burst: 1 }, ledger, clock, unlost);
    let granted = 0;
    later.request(() => granted++);
    await clock.advance(15 * 60_000 - 1);
    expect(granted).toBe(0);
    await clock.advance(1);
    expect(granted).toBe(1);
    later.end();
  });

  test.each([3_600_000, -3_600_000])("by %d ms: hardly more goes out than the rate, and hardly less", async (byMs) => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 10, burst: 1 }, new MemoryLedger(), clock, unlost);
    const at: number[] = [];
    const ask = () =>
      pace.request(() => {
        at.push(clock.monotonicMs());
        ask();
      });
    ask();
    await clock.advance(10_000);
    clock.setWall(byMs);
    await clock.advance(10_000);
    pace.end();
    const after = at.filter((ms) => ms >= 10_000);
    expect(after.length).toBeGreaterThanOrEqual(90);
    for (const from of after)
      expect(after.filter((ms) => ms >= from && ms < from + 1_000).length).toBeLessThanOrEqual(12);
  });
});

test("a ledger that fails gives no permit any more, and says why once", async () => {
  const clock = new FakeClock();
  const ledger = new MemoryLedger();
  const lost: unknown[] = [];
  const pace = new HostPace("host", { ratePerSecond: 10, burst: 1 }, ledger, clock, (thrown) => lost.push(thrown));
  let granted = 0;
  pace.request(() => granted++);
  await clock.advance(1_000);
  expect(granted).toBe(1);
  const full = new Error("no room left");
  ledger.take = () => {
    throw full;
  };
  pace.request(() => granted++);
  pace.request(() => granted++);
  await clock.advance(60_000);
  expect([granted, lost]).toEqual([1, [full]]);
});

describe("a host that is down", () => {
  /** `clients` that ask again and again; `answers` says what becomes of a sending. */
  function run(clients: number, answers: () => "answered" | "troubled") {
    const clock = new FakeClock();
    const events: RunEvent[] = [];
    const sentAt: number[] = [];
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock, unlost, (event) =>
      events.push(event),
    );
    const send = async () => {
      sentAt.push(clock.monotonicMs());
      await clock.sleep(50);
      pace.ended({ host: "host", end: answers() });
      ask();
    };
    const ask = () => pace.request(() => void send());
    for (let client = 0; client < clients; client++) ask();
    return { clock, events, sentAt, pace };
  }

  test("is asked by one probe at a time, ever more rarely, and by everybody when it is up", async () => {
    let isUp = false;
    const { clock, events, sentAt, pace } = run(20, () => (isUp ? "answered" : "troubled"));
    await clock.advance(100);
    // Seven failed, and asked again, before the eighth.
    expect(sentAt.length).toBe(27);
    expect(pace.downMs).toBeGreaterThan(0);
    await clock.advance(120_000);
    const probes = sentAt.slice(27);
    const gaps = probes.map((at, index) => at - (probes[index - 1] ?? 50));
    expect(gaps.slice(0, 7)).toEqual([1_000, 2_050, 4_050, 8_050, 16_050, 30_050, 30_050]);
    isUp = true;
    await clock.advance(31_000);
    expect(pace.downMs).toBeNull();
    expect(events.map(({ type }) => type)).toEqual(["host-down", "host-up"]);
    expect(sentAt.length).toBeGreaterThan(100);
    pace.end();
  });

  test("of a lonely request three failures in three seconds are enough", async () => {
    const { clock, pace } = run(1, () => "troubled");
    await clock.advance(300);
    expect(pace.downMs).toBeNull();
    pace.end();
    const slow = new FakeClock();
    const lonely = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), slow, unlost);
    for (let times = 0; times < 3; times++) {
      lonely.ended({ host: "host", end: "troubled" });
      await slow.advance(1_500);
    }
    expect(lonely.downMs).toBe(4_500);
  });

  test("is not thought down while it answers now and then", async () => {
    let sent = 0;
    const { clock, pace, events } = run(20, () => (sent++ % 5 === 0 ? "answered" : "troubled"));
    await clock.advance(10_000);
    expect(events).toEqual([]);
    pace.end();
  });

  test("a probe of which nothing is heard does not block for ever", async () => {
    const clock = new FakeClock();
    const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock, unlost);
    for (let times = 0; times < 8; times++) pace.ended({ host: "host", end: "troubled" });
    let granted = 0;
    for (let waiting = 0; waiting < 3; waiting++) pace.request(() => granted++);
    await clock.advance(1_000);
    expect(granted).toBe(1);
    await clock.advance(89_000);
    expect(granted).toBe(1);
    await clock.advance(1_000);
    expect(granted).toBe(2);
    pace.end();
  });
});
