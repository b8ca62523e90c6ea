import { expect, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { SignalPolicy } from "./signals.ts";

test("one key press that arrives twice stops gracefully once; a later one ends at once", async () => {
  const clock = new FakeClock();
  const policy = new SignalPolicy(clock);
  expect(policy.next()).toBe("stop-gracefully");
  expect(policy.next()).toBe("ignore");
  await clock.advance(500);
  expect(policy.next()).toBe("ignore");
  await clock.advance(1);
  expect(policy.next()).toBe("exit-now");
});
