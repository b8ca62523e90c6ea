import type { RateLimit } from "@sofer/core";

/** An epoch in seconds is larger than any window. */
const EPOCH_SECONDS = 1_000_000_000;

/**
 * What rate-limit headers say, or null. Three forms are in use:
 * - `X-RateLimit-Limit`, `-Remaining`, `-Reset` (seconds from now, or a time in epoch seconds), as GitHub and many gateways send them;
 * - `RateLimit-Limit`, `-Remaining`, `-Reset`, and `RateLimit: limit=10, remaining=2, reset=5` (IETF draft, to version 07);
 * - `RateLimit: "default";r=2;t=5` with `RateLimit-Policy: "default";q=100;w=60` (IETF draft, from version 08).
 */
export function rateLimitOf(headers: Headers, nowMs: number): RateLimit | null {
  const field = headers.get("ratelimit") ?? "";
  const policy = headers.get("ratelimit-policy") ?? "";
  const single = (name: string) => number(headers.get(`ratelimit-${name}`) ?? headers.get(`x-ratelimit-${name}`));
  const remaining = parameter(field, "r") ?? parameter(field, "remaining") ?? single("remaining");
  const reset = parameter(field, "t") ?? parameter(field, "reset") ?? single("reset");
  const limit =
    parameter(policy, "q") ??
    number(/^\s*(\d+)/.exec(policy)?.[1] ?? null) ??
    parameter(field, "limit") ??
    single("limit");
  const window = parameter(policy, "w");
  if (remaining === null && reset === null && limit === null) return null;
  return {
    ratePerSecond: limit === null || window === null || window === 0 ? null : limit / window,
    remaining,
    resetMs: reset === null ? null : Math.max(0, reset >= EPOCH_SECONDS ? reset * 1000 - nowMs : reset * 1000),
  };
}

/** `name=12` among parameters that are parted by commas or semicolons. */
function parameter(field: string, name: string): number | null {
  return number(new RegExp(`(?:^|[;,\\s])${name}\\s*=\\s*(\\d+(?:\\.\\d+)?)`, "i").exec(field)?.[1] ?? null);
}

/** The first number of a list such as `100, 100;w=60`. */
function number(text: string | null): number | null {
  const [, digits] = /^\s*(\d+(?:\.\d+)?)/.exec(text ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}
