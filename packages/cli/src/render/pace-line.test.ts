import { expect, test } from "bun:test";
import type { LiveHost } from "@sofer/core";
import { PaceLine } from "./pace-line.ts";

const HOST: LiveHost = {
  host: "example.org",
  ratePerSecond: 5,
  allowedPerSecond: 5,
  granted: 0,
  waiting: 0,
  refusals: 0,
  pausedUntil: null,
  downMs: null,
  probeInMs: null,
  isHeld: false,
};

test("the rate is a mean of the last ten seconds, beside the allowed one", () => {
  const line = new PaceLine();
  expect(line.line([], 0, 0)).toBeNull();
  expect(line.line([HOST], 0, 0)).toBe("– of 5 requests/s");
  expect(line.line([{ ...HOST, granted: 10 }], 4_000, 0)).toBe("2.5 of 5 requests/s");
  // Ten more in ten seconds; what was before is forgotten.
  expect(line.line([{ ...HOST, granted: 20 }], 14_000, 0)).toBe("1 of 5 requests/s");
  const unpaced = { ...HOST, granted: 2_020, ratePerSecond: 0, allowedPerSecond: 0 };
  expect(line.line([unpaced], 24_000, 0)).toBe("200 requests/s, no pace");
});

test("says what the limiter waits for, by its host where there are several", () => {
  const line = new PaceLine();
  const waiting = { ...HOST, pausedUntil: 12_000 };
  expect(line.line([waiting], 0, 0)).toBe("– of 5 requests/s · waiting 12 s: the host asked for it");
  expect(line.line([{ ...HOST, isHeld: true }], 0, 0)).toBe("– of 5 requests/s · nothing is sent: the run is paused");
  expect(
    line.line(
      [
        { ...HOST, host: "a" },
        { ...HOST, host: "b", ratePerSecond: 2 },
      ],
      0,
      0,
    ),
  ).toBe("– of 10 requests/s · b: asking 2 requests/s, as the host has shown to bear (5 requests/s are allowed)");
});
