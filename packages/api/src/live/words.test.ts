import { expect, test } from "bun:test";
import type { LiveHost } from "@sofer/core";
import { hostState } from "./words.ts";

const NOW = 1_000_000;
const host: LiveHost = {
  host: "host.example",
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

test.each([
  [{}, "asking", "asking at most 5 requests/s"],
  [{ ratePerSecond: 0, allowedPerSecond: 0 }, "asking", "asking without a pace"],
  [{ ratePerSecond: 2.345 }, "cut", "asking 2.35 requests/s, as the host has shown to bear (5 requests/s are allowed)"],
  [
    { ratePerSecond: 3, allowedPerSecond: 0 },
    "cut",
    "asking 3 requests/s, as the host has shown to bear (no limit is set)",
  ],
  [{ pausedUntil: NOW + 11_001 }, "waiting", "waiting 12 s: the host asked for it"],
  [{ pausedUntil: NOW - 1 }, "asking", "asking at most 5 requests/s"],
  [{ downMs: 4_000, probeInMs: 1_500 }, "down", "down for 4 s: one request is tried in 2 s"],
  [{ downMs: 4_000, probeInMs: 0 }, "down", "down for 4 s: one request is tried now"],
  [{ isHeld: true, pausedUntil: NOW + 5_000 }, "paused", "nothing is sent: the run is paused"],
] as [Partial<LiveHost>, string, string][])("%j is %s", (change, state, inWords) => {
  expect(hostState({ ...host, ...change }, NOW)).toEqual({ state: state as "asking", inWords });
});
