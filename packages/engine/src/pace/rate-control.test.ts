import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PaceSettings, RateState } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { PaceBook } from "@sofer/store";
import { MemoryLedger, unlost } from "../testing/memory-ledger.ts";
import { HostPace, type PaceLedger } from "./host-pace.ts";
import { acceptedRate, borneRate, withAnswers, withPause, withRefusal } from "./rate-control.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

/** A host with a token bucket, and clients that always want more. */
class Host {
  accepted = 0;
  refused = 0;
  readonly clock: FakeClock;
  ratePerSecond: number;
  readonly burst: number;
  readonly retryAfterMs: number | null;
  #tokens: number;
  #atMs = 0;

  constructor(clock: FakeClock, ratePerSecond: number, burst: number, retryAfterMs: number | null) {
    this.clock = clock;
    this.ratePerSecond = ratePerSecond;
    this.burst = burst;
    this.retryAfterMs = retryAfterMs;
    this.#tokens = burst;
  }

  takes(): boolean {
    const now = this.clock.monotonicMs();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#atMs) / 1000) * this.ratePerSecond);
    this.#atMs = now;
    const isAccepted = this.#tokens >= 1;
    if (isAccepted) this.#tokens--;
    if (isAccepted) this.accepted++;
    else this.refused++;
    return isAccepted;
  }

  reset(): void {
    this.accepted = 0;
    this.refused = 0;
  }
}

/** Latencies of 100 to 300 ms, the same in every run. */
function latencies(): () => number {
  let at = 0;
  return () => 100 + ((at++ * 7_919) % 200);
}

function clients(count: number, host: Host, pace: HostPace): void {
  const latency = latencies();
  const { clock } = host;
  const send = async () => {
    const sentAtMs = clock.now();
    const half = latency() / 2;
    await clock.sleep(half);
    const isAccepted = host.takes();
    await clock.sleep(half);
    if (isAccepted) pace.ended({ host: "host", end: "answered" });
    else pace.refused({ host: "host", status: 429, retryAfterMs: host.retryAfterMs, sentAtMs });
    ask();
  };
  const ask = () => pace.request(() => void send());
  for (let client = 0; client < count; client++) ask();
}

const MINUTES = 5;

describe("a host that allows 20 requests a second", () => {
  // Without a pace all clients send at once: the first burst alone is more than a hundredth.
  const users: [string, number, PaceSettings][] = [
    ["100/s", 0.02, { ratePerSecond: 100, burst: 10 }],
    ["25/s", 0.02, { ratePerSecond: 25, burst: 2.5 }],
    ["none", 0.05, { ratePerSecond: 0, burst: 1 }],
  ];
  const hosts: [string, number | null][] = [
    ["Retry-After of a second", 1_000],
    ["Retry-After of 0", 0],
    ["no Retry-After", null],
  ];
  const cases = users.flatMap(([user, most, settings]) =>
    hosts.map(([said, after]) => [user, said, most, settings, after] as const),
  );

  test.each(cases)(
    "user's pace %s, %s: 95 %% of it is used, and at most a share of %p refused",
    async (_user, _said, most, settings, after) => {
      const clock = new FakeClock();
      const host = new Host(clock, 20, 20, after);
      const pace = new HostPace("host", settings, new MemoryLedger(), clock, unlost);
      clients(100, host, pace);
      await clock.advance(MINUTES * 60_000);
      pace.end();
      const allowed = 20 * 60 * MINUTES;
      expect(host.accepted / allowed).toBeGreaterThanOrEqual(0.95);
      expect(host.refused / (host.accepted + host.refused)).toBeLessThanOrEqual(most);
    },
  );

  test("that comes down to 10 and goes up again is followed", async () => {
    const clock = new FakeClock();
    const host = new Host(clock, 20, 20, 1_000);
    const pace = new HostPace("host", { ratePerSecond: 100, burst: 10 }, new MemoryLedger(), clock, unlost);
    clients(100, host, pace);
    await clock.advance(2 * 60_000);
    host.ratePerSecond = 10;
    await clock.advance(30_000);
    host.reset();
    await clock.advance(2 * 60_000);
    expect(host.accepted / (10 * 120)).toBeGreaterThanOrEqual(0.9);
    expect(host.refused / (host.accepted + host.refused)).toBeLessThanOrEqual(0.04);
    host.ratePerSecond = 20;
    // A probe a minute, each bolder than the last: 5, 10, 20, 40, 80 %.
    await clock.advance(6 * 60_000);
    host.reset();
    await clock.advance(60_000);
    expect(host.accepted / (20 * 60)).toBeGreaterThanOrEqual(0.9);
    pace.end();
  });

  test("is shared by two that ask it with one pace file, and remembered by the next", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sofer-pace-"));
    try {
      const clock = new FakeClock();
      const host = new Host(clock, 20, 20, 1_000);
      const path = join(folder, "pace.sqlite");
      const settings = { ratePerSecond: 100, burst: 10 };
      const ledgers = [new PaceBook(path), new PaceBook(path)];
      const paces = ledgers.map((ledger: PaceLedger) => new HostPace("host", settings, ledger, clock, unlost));
      for (const pace of paces) clients(50, host, pace);
      await clock.advance(2 * 60_000);
      for (const pace of paces) pace.end();
      expect(host.accepted / (20 * 120)).toBeGreaterThanOrEqual(0.9);
      expect(host.refused / (host.accepted + host.refused)).toBeLessThanOrEqual(0.05);
      host.reset();
      const [ledger] = ledgers;
      if (ledger === undefined) throw new Error("no ledger");
      const next = new HostPace("host", settings, ledger, clock, unlost);
      clients(100, host, next);
      await clock.advance(30_000);
      next.end();
      expect(host.refused).toBeLessThanOrEqual(10);
      expect(host.accepted / (20 * 30)).toBeGreaterThanOrEqual(0.9);
      for (const book of ledgers) book.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Refuses a share of what it is asked, whatever the rate; the same ones in every run. */
class MoodyHost extends Host {
  #asked = 0;

  override takes(): boolean {
    this.#asked++;
    const isAccepted = (this.#asked * 7_919) % 100 >= 20;
    if (isAccepted) this.accepted++;
    else this.refused++;
    return isAccepted;
  }
}

test("a host that refuses one in five, whatever the rate, is asked less, and never less than the least", async () => {
  const clock = new FakeClock();
  const host = new MoodyHost(clock, 0, 0, 0);
  const pace = new HostPace("host", { ratePerSecond: 0, burst: 1 }, new MemoryLedger(), clock, unlost);
  clients(50, host, pace);
  await clock.advance(5 * 60_000);
  pace.end();
  // Half of one a second is what a second burst cuts to; it climbs back to 0.97 within seconds.
  expect(host.accepted).toBeGreaterThanOrEqual(120);
  expect(host.accepted + host.refused).toBeLessThanOrEqual(600);
});

test("a refusal before the first answer says little of what is borne", () => {
  const known = withRefusal(null, { sentAtMs: 1_000, said: null }, 100, 1_100);
  expect(borneRate(known, 1_100)).toBeCloseTo(9, 5);
  const silent = withRefusal(known, { sentAtMs: 6_000, said: null }, 100, 6_100);
  expect(borneRate(silent, 20_000)).toBeCloseTo(0.97 * 5, 5);
});

describe("the arithmetic", () => {
  const start = 1_000_000;
  const steady = (rate: number, seconds: number): RateState => {
    let state = withAnswers(null, 0, start);
    for (let tenth = 1; tenth <= seconds * 10; tenth++) state = withAnswers(state, rate / 10, start + tenth * 100);
    return state;
  };
  const now = start + 60_000;

  test("what was accepted is what was answered, from the first second on, pauses left out", () => {
    for (const seconds of [1, 5, 60]) {
      const at = start + seconds * 1000;
      expect(acceptedRate(steady(20, seconds), at)).toBeCloseTo(20, 0);
      const paused = withPause(steady(20, seconds), 30_000, at);
      expect(acceptedRate(paused, at + 30_000)).toBeCloseTo(20, 0);
    }
  });

  test("a burst is one event; the first cuts to 0.9, a second one to 0.5; then 0.97, and a probe a minute", () => {
    const refusal = { sentAtMs: now - 100, said: null };
    const cut = withRefusal(steady(20, 60), refusal, 100, now);
    expect(borneRate(cut, now)).toBeCloseTo(18, 0);
    for (let other = 0; other < 50; other++)
      expect(withRefusal(cut, refusal, 100, now + other)).toMatchObject({ cutAtMs: now });
    expect(borneRate(cut, now + 5_000)).toBeCloseTo(0.97 * 20, 0);
    expect(borneRate(cut, now + 59_000)).toBeCloseTo(0.97 * 20, 0);
    expect(borneRate(cut, now + 60_000)).toBeCloseTo(0.97 * 21, 0);
    const second = withRefusal(cut, { sentAtMs: now + 9_000, said: null }, 100, now + 10_000);
    expect(borneRate(second, now + 10_000)).toBeCloseTo(0.5 * (second.ceiling ?? 0), 3);
    expect(borneRate(second, now + 16_000)).toBeCloseTo(0.97 * (second.ceiling ?? 0), 3);
  });

  test("what the host says of itself, and the user's own pace, are never exceeded", () => {
    expect(withRefusal(steady(20, 60), { sentAtMs: now, said: 5 }, 100, now).ceiling).toBe(5);
    expect(withRefusal(steady(20, 60), { sentAtMs: now, said: 0.1 }, 0, now).ceiling).toBe(0.1);
    expect(withRefusal(steady(20, 60), { sentAtMs: now, said: 50 }, 3, now).ceiling).toBe(3);
  });

  test("a cut that seems to lie in the future, because the clock was set back, counts from now", () => {
    const cut = withRefusal(steady(20, 60), { sentAtMs: now, said: null }, 100, now);
    const back = now - 86_400_000;
    const known = withAnswers(cut, 1, back);
    expect(borneRate(known, back)).toBeCloseTo(18, 0);
    expect(borneRate(known, back + 5_000)).toBeCloseTo(0.97 * 20, 0);
    const refused = withRefusal(known, { sentAtMs: back + 900, said: null }, 100, back + 1_000);
    expect(refused.cutAtMs).toBe(back + 1_000);
    expect(refused.cutRate).toBeLessThan(known.cutRate);
  });

  test("is not stopped by a clock that was set", () => {
    const cut = withRefusal(steady(20, 60), { sentAtMs: now, said: null }, 100, now);
    expect(borneRate(cut, now - 86_400_000)).toBeCloseTo(18, 0);
    expect(acceptedRate(withAnswers(cut, 1, now - 86_400_000), now - 86_400_000)).toBeGreaterThan(0);
  });
});

test("refused before anything was answered, without a pace: nothing is learnt, and the next answers count as ever", () => {
  const first = withRefusal(null, { sentAtMs: 0, said: null }, 0, 1_000);
  expect(borneRate(first, 1_000)).toBeNull();
  const answered = withAnswers(first, 20, 3_000);
  const second = withRefusal(answered, { sentAtMs: 2_900, said: null }, 0, 3_000);
  expect(borneRate(second, 3_000)).toBeGreaterThan(5);
  // A pace that the user names, and what the host says of itself, are something to begin from.
  expect(borneRate(withRefusal(null, { sentAtMs: 0, said: 4 }, 0, 1_000), 1_000)).not.toBeNull();
  expect(borneRate(withRefusal(null, { sentAtMs: 0, said: null }, 10, 1_000), 1_000)).not.toBeNull();
});
