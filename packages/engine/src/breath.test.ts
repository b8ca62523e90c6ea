import { expect, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { Breath } from "./breath.ts";

test("the loop turns only when it was held long, and then what waits in it runs", async () => {
  const clock = new FakeClock();
  const breath = new Breath(clock);
  let turned = 0;
  const wait = () => setImmediate(() => turned++);
  wait();
  await breath.take();
  expect(turned).toBe(0);
  await clock.advance(50);
  const before = turned;
  wait();
  await breath.take();
  expect(turned).toBeGreaterThan(before);
  const after = turned;
  wait();
  await breath.take();
  expect(turned).toBe(after);
});
