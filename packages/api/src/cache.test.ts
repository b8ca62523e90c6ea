import { expect, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { Cache, FRESH_MS } from "./cache.ts";

test("an answer is made once for everybody who asks soon enough", async () => {
  const clock = new FakeClock();
  const cache = new Cache(clock);
  let made = 0;
  const ask = () => cache.get("a", () => ++made);
  expect([ask(), ask()]).toEqual([1, 1]);
  await clock.advance(FRESH_MS - 1);
  expect(ask()).toBe(1);
  await clock.advance(1);
  expect(ask()).toBe(2);
});

test("one that takes long is waited for by all, and fresh from when it is there", async () => {
  const clock = new FakeClock();
  const cache = new Cache(clock);
  let made = 0;
  const ask = () =>
    cache.get("a", async () => {
      await clock.sleep(5_000);
      return ++made;
    });
  const asked = [ask()];
  await clock.advance(4_000);
  asked.push(ask());
  await clock.advance(1_000);
  expect(await Promise.all(asked)).toEqual([1, 1]);
  await clock.advance(FRESH_MS - 1);
  expect(await ask()).toBe(1);
  await clock.advance(1);
  const next = ask();
  await clock.advance(5_000);
  expect(await next).toBe(2);
});

test("a failure is not kept, and no more answers than there is room for", async () => {
  const cache = new Cache(new FakeClock());
  const fail = () => cache.get("a", () => Promise.reject(new Error("now")));
  expect(fail()).rejects.toThrow("now");
  await Promise.resolve();
  await Bun.sleep(0);
  expect(await cache.get("a", () => Promise.resolve(1))).toBe(1);
  for (let n = 0; n < 2_000; n++) cache.get(`key ${n}`, () => n);
  let isMade = false;
  cache.get("key 0", () => (isMade = true));
  expect(isMade).toBe(true);
});
