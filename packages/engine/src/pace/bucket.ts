import type { PaceSettings } from "@sofer/core";

/** What the token bucket of a host must be, so that the host never sees more than the user allowed. */
export interface Bucket {
  /** Tokens a second; 0 = no pace. */
  readonly ratePerSecond: number;
  /** Most tokens saved up, at least 1. */
  readonly capacity: number;
  /** ms for which a permit is good. */
  readonly permitLifeMs: number;
}

/** Longest life of a permit. Its way to a worker takes 28 µs (measured); a busy machine may stop a process for longer. */
const MAX_LIFE_MS = 50;
/** Shortest life. Below it, permits would die on their way on a busy machine and nothing would ever be sent. */
const MIN_LIFE_MS = 20;
/** Less than one token, so that rounding never makes one more. */
const FRACTION = 0.9;

/**
 * A permit is used at any time of its life, so what is sent within one second was granted within one second and one
 * life. The bucket grants at most `capacity + rate * (1 s + life)` in that time, rounded down, and that must not exceed
 * `rate + burst`. A larger life needs a smaller capacity; where the burst leaves no room even for the shortest, the
 * bucket fills a little slower (2 % at most).
 */
export function bucketFor(settings: PaceSettings): Bucket {
  const { ratePerSecond } = settings;
  if (ratePerSecond <= 0) return { ratePerSecond: 0, capacity: 1, permitLifeMs: Number.POSITIVE_INFINITY };
  const allowed = Math.floor(ratePerSecond + settings.burst) + FRACTION;
  const roomMs = ((allowed - 1 - ratePerSecond) / ratePerSecond) * 1_000;
  const permitLifeMs = Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS, roomMs));
  const seconds = 1 + permitLifeMs / 1_000;
  const capacity = Math.max(1, Math.min(settings.burst, allowed - ratePerSecond * seconds));
  return { ratePerSecond: Math.min(ratePerSecond, (allowed - capacity) / seconds), capacity, permitLifeMs };
}
