import { expect, test } from "bun:test";
import { rateLimitOf } from "./rate-limit-headers.ts";

const NOW = Date.UTC(2026, 0, 1);
const said = (headers: Record<string, string>) => rateLimitOf(new Headers(headers), NOW);

test.each([
  [{ "x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" }, null, 0, 30_000],
  [{ "x-ratelimit-remaining": "5", "x-ratelimit-reset": String(NOW / 1000 + 12) }, null, 5, 12_000],
  [{ "x-ratelimit-remaining": "5", "x-ratelimit-reset": String(NOW / 1000 - 12) }, null, 5, 0],
  [{ "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "3", "ratelimit-reset": "7" }, null, 3, 7_000],
  [{ ratelimit: "limit=10, remaining=2, reset=5", "ratelimit-policy": "10;w=1" }, 10, 2, 5_000],
  [{ ratelimit: '"default";r=2;t=5', "ratelimit-policy": '"default";q=100;w=50' }, 2, 2, 5_000],
])("%o", (headers, ratePerSecond, remaining, resetMs) => {
  expect(said(headers as Record<string, string>)).toEqual({ ratePerSecond, remaining, resetMs });
});

test("headers that say nothing of it", () => {
  expect(said({})).toBeNull();
  expect(said({ ratelimit: "soon", "x-ratelimit-remaining": "many" })).toBeNull();
  expect(said({ "ratelimit-policy": '"default";q=100;w=0' })).toEqual({
    ratePerSecond: null,
    remaining: null,
    resetMs: null,
  });
});
