import { describe, expect, test } from "bun:test";
import { systemClock } from "./clock.ts";
import { FakeClock } from "./testing/index.ts";

/** What a promise rejects with; a promise that resolves gives null. */
async function reasonOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => null,
    (reason: unknown) => reason,
  );
}

describe("FakeClock", () => {
  test("wakes sleepers in the order of their moments, at their moments", async () => {
    const clock = new FakeClock(1000);
    const woken: [string, number][] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push([name, clock.monotonicMs()]);
    };
    const all = [sleep("late", 30), sleep("early", 10), sleep("never", 1000)];
    await clock.advance(5);
    expect(woken).toEqual([]);
    await clock.advance(25);
    expect(woken).toEqual([
      ["early", 10],
      ["late", 30],
    ]);
    expect(clock.sleeping).toBe(1);
    expect(clock.now()).toBe(1030);
    await clock.advance(1000);
    await Promise.all(all);
    expect(clock.sleeping).toBe(0);
  });

  test("a sleeper that sleeps again within one advance is woken again", async () => {
    const clock = new FakeClock();
    let turns = 0;
    const loop = (async () => {
      while (turns < 5) {
        await clock.sleep(10);
        turns++;
      }
    })();
    await clock.advance(100);
    await loop;
    expect(turns).toBe(5);
    expect(clock.monotonicMs()).toBe(100);
  });

  test("an aborted sleep rejects with the signal's reason", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort(new Error("stop"));
    expect(await reasonOf(sleeping)).toEqual(new Error("stop"));
    expect(clock.sleeping).toBe(0);
    expect(await reasonOf(clock.sleep(10, controller.signal))).toEqual(new Error("stop"));
  });
});

describe("systemClock", () => {
  test("sleeps, and stops sleeping when told", async () => {
    const before = systemClock.monotonicMs();
    await systemClock.sleep(2);
    expect(systemClock.monotonicMs()).toBeGreaterThan(before);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error("stop"));
    expect(await reasonOf(sleeping)).toEqual(new Error("stop"));
    expect(await reasonOf(systemClock.sleep(1, AbortSignal.abort(new Error("before"))))).toEqual(new Error("before"));
  });
});
