import { systemClock } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";
import { follow } from "./follow.ts";
import { pace } from "./pace.ts";
import type { HttpOptions } from "./stack.ts";
import { timeout } from "./timeout.ts";
import { CHECKED_TLS, wireError } from "./transport.ts";

/** An answer whose headers are in and whose body is still to be read: bytes as stored, whatever their coding. */
export interface OpenAnswer extends AnswerHead {
  readonly body: ReadableStream<Uint8Array> | null;
  /** Tells the observer that the sending has ended; to be called once. @param bytes of the body, as received */
  readonly ended: (bytes: number) => void;
}

/**
 * The layers of `httpStack` for bodies that are too large to be held, or to be sent again from their beginning: follow,
 * pace, timeout (to the headers). Reading, checking and sending again are the reader's, who knows what came already.
 */
export function openStack(options: HttpOptions): Exchange<OpenAnswer> {
  const clock = options.clock ?? systemClock;
  const timed = timeout(open(options), { timeoutMs: options.timeoutMs, clock });
  const paced = pace(timed, { pacer: options.pacer, now: () => clock.now() });
  return follow(paced, { flag: "--bucket-url", discard });
}

/** Ends an answer whose body nobody will read, so that its connection is free. */
export async function discard(answer: OpenAnswer): Promise<void> {
  answer.ended(0);
  // A body that broke before it was cancelled has nothing more to say.
  await answer.body?.cancel().catch(() => undefined);
}

/** One real GET up to its headers. `gzip` alone is accepted, so that what is stored compressed comes as it is stored. */
function open(options: HttpOptions): Exchange<OpenAnswer> {
  const base = { accept: "*/*", "accept-encoding": "gzip", "user-agent": options.userAgent };
  return async (request) => {
    const { url } = request;
    const init: BunFetchRequestInit = {
      headers: { ...base, ...request.headers },
      redirect: "manual",
      decompress: false,
      tls: CHECKED_TLS,
    };
    if (request.signal !== undefined) init.signal = request.signal;
    const start = performance.now();
    const report = (status: number, bytes: number): void =>
      options.onRequest?.({
        url,
        status,
        bytes,
        ms: performance.now() - start,
        sentAt: performance.timeOrigin + start,
      });
    try {
      const response = await fetch(url, init);
      request.headersArrived?.();
      const { status, headers, body } = response;
      return { url, status, headers, body, ended: (bytes) => report(status, bytes) };
    } catch (error) {
      report(0, 0);
      if (request.signal?.aborted) throw request.signal.reason;
      throw wireError(error, url, undefined);
    }
  };
}
