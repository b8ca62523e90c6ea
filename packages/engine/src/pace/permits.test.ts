import { expect, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import type { FromWorker } from "../protocol.ts";
import { Permits } from "./permits.ts";

test("a late permit is not used but asked for again", async () => {
  const clock = new FakeClock();
  const asked: FromWorker[] = [];
  const permits = new Permits((message) => asked.push(message), clock);
  let hasGone = false;
  const going = permits.permit("host").then(() => (hasGone = true));
  const late = clock.now() + 50;
  await clock.advance(51);
  permits.granted([0], late);
  await clock.advance(0);
  expect(hasGone).toBe(false);
  expect(asked).toEqual([
    { type: "permit", id: 0, host: "host" },
    { type: "permit", id: 0, host: "host" },
  ]);
  permits.granted([0], clock.now() + 50);
  await going;
  expect(hasGone).toBe(true);
});

test("a permit for a request that was given up is nobody's", async () => {
  const asked: FromWorker[] = [];
  const permits = new Permits((message) => asked.push(message), new FakeClock());
  const given = new AbortController();
  const going = permits.permit("host", given.signal);
  given.abort(new Error("given up"));
  expect(await going.catch((thrown: unknown) => thrown)).toEqual(new Error("given up"));
  permits.granted([0], -1);
  expect(asked).toHaveLength(1);
});
