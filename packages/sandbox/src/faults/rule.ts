import type { Endpoint } from "../stats.ts";

/**
 * What can go wrong, and what the client gets:
 *
 * | kind           | what the client gets                                                                 |
 * |----------------|--------------------------------------------------------------------------------------|
 * | `status`       | `status` (500) with an HTML page, from the bucket its own errors; `retryAfter` when given |
 * | `throttle`     | the same with 429 and `retryAfter` (1)                                                 |
 * | `limit`        | the same, but only beyond `perSecond` (10) requests, with `burst` (perSecond) at once; `headers` tell of it |
 * | `html`         | an HTML page with status 200                                                           |
 * | `error`        | `{"error": …}` with status 200                                                         |
 * | `empty`        | status 200 and no body                                                                 |
 * | `wrong-ref`    | the right answer under another ref (service)                                           |
 * | `redirect`     | a redirect to `location`                                                               |
 * | `truncate`     | the body up to `atByte` (half of it), as if it were whole: cut JSON, a torn gzip         |
 * | `flip`         | the right length, with one bit changed at `atByte` (the middle): a wrong checksum        |
 * | `invalid-utf8` | the right length, with a byte at `atByte` (the middle) that is in no UTF-8               |
 * | `oversize`     | the right answer with white space behind it, `bytes` (100 MB) in all                     |
 * | `bomb`         | the same, compressed: a small body that unpacks to `bytes`                               |
 * | `replaced`     | an object that has got a new generation since it was listed (bucket)                   |
 * | `cut`          | the body up to `atByte` (half of it), then the connection breaks off                     |
 * | `reset`        | the connection breaks off before the answer                                            |
 * | `slow`         | the right answer, `delayMs` (10,000) later                                             |
 * | `slow-body`    | the right answer, in drops over `delayMs` (10,000)                                     |
 * | `hang`         | nothing, until the client goes                                                         |
 * | `hang-body`    | the head and half of the body, then nothing, until the client goes                     |
 * | `half-open`    | the right answer; whatever is asked on the same connection afterwards is never answered |
 */
export const FAULT_KINDS = [
  "status",
  "throttle",
  "limit",
  "html",
  "error",
  "empty",
  "wrong-ref",
  "redirect",
  "truncate",
  "flip",
  "invalid-utf8",
  "oversize",
  "bomb",
  "replaced",
  "cut",
  "reset",
  "slow",
  "slow-body",
  "hang",
  "hang-body",
  "half-open",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRule {
  readonly kind: FaultKind;
  /** Only this endpoint; absent: all. */
  readonly endpoint?: Endpoint;
  /** Only paths (decoded, with query) that contain this. */
  readonly match?: string;
  /**
   * Share of the matching requests, 0..100; absent: all. Drawn from the seed, the path, and how often it was asked: the
   * same requests fail in every run, in whatever order they come, and a request that is sent again is drawn anew.
   */
  readonly percent?: number;
  readonly seed?: string;
  /** At most so often; absent: without end. */
  readonly times?: number;
  readonly status?: number;
  /** Sent as Retry-After: seconds, or any text. null: none. */
  readonly retryAfter?: number | string | null;
  readonly delayMs?: number;
  /**
   * 0-based position in the body as it is sent. With 0, `cut` closes the connection before the answer; Bun's own fetch
   * then asks again by itself when the connection was a kept one.
   */
  readonly atByte?: number;
  readonly bytes?: number;
  readonly location?: string;
  /** Of a `limit`. */
  readonly perSecond?: number;
  readonly burst?: number;
  /** Which rate-limit headers a `limit` sends with every answer; absent: none. */
  readonly headers?: "legacy" | "draft";
}
