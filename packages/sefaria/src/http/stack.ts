import { systemClock, type Clock, type Pacer } from "@sofer/core";
import type { Answer, Exchange, JsonAnswer, SentRequest } from "./exchange.ts";
import { follow, type FollowOptions } from "./follow.ts";
import { observe } from "./observe.ts";
import { pace } from "./pace.ts";
import { retry, type RetryOptions } from "./retry.ts";
import { timeout } from "./timeout.ts";
import { transport } from "./transport.ts";
import { validate } from "./validate.ts";

export interface HttpOptions extends Omit<RetryOptions, "clock"> {
  /** Names us and how to reach us: the publisher's gateway bans agents that hide. */
  readonly userAgent: string;
  /** For one sending, permit in hand, to the end of the body. */
  readonly timeoutMs: number;
  /** Decoded. */
  readonly maxResponseBytes: number;
  readonly pacer: Pacer;
  /** Flag that names the host, for hints; absent: --base-url. */
  readonly flag?: FollowOptions<Answer>["flag"];
  readonly clock?: Clock;
  readonly onRequest?: (sent: SentRequest) => void;
}

/**
 * The order, outermost first, and why:
 *
 * 1. retry: outside everything, so that any failure below (a cut body, a page in place of JSON) is sent again
 * 2. validate: inside retry, because only it knows which answers may pass next time
 * 3. follow: inside validate, which never sees a redirect; outside pace, because each hop is a request of its own
 * 4. pace: one permit per sending
 * 5. timeout: inside pace, so that waiting for a permit is not the host's slowness
 * 6. observe: next to the wire, so that the reported time is the time of sending
 * 7. transport: the GET itself, with the size guard on its body
 */
export function httpStack(options: HttpOptions): Exchange<JsonAnswer> {
  const clock = options.clock ?? systemClock;
  const now = () => clock.now();
  const wire = observe(transport(options), options.onRequest);
  const paced = pace(timeout(wire, { timeoutMs: options.timeoutMs, clock }), { pacer: options.pacer, now });
  return retry(validate(follow(paced, { flag: options.flag ?? "--base-url" }), now), { ...options, clock });
}
