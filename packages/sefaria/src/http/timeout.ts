import { SoferError, type Clock } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";

/** Most time to connect and to see the first byte of an answer. */
export const FIRST_BYTE_MS = 30_000;

/**
 * Ends a sending that takes too long. It stands inside the pace, so waiting for a permit costs no time here. An answer
 * that is handed on open is timed to its headers only.
 */
export function timeout<T extends AnswerHead>(
  inner: Exchange<T>,
  options: { timeoutMs: number; clock: Clock },
): Exchange<T> {
  const { timeoutMs, clock } = options;
  const firstByteMs = Math.min(FIRST_BYTE_MS, timeoutMs);
  return async (request) => {
    const deadline = new AbortController();
    const total = timer(clock, timeoutMs, deadline, `no whole answer within ${timeoutMs} ms`, request.url);
    const firstByte = timer(clock, firstByteMs, deadline, `no answer within ${firstByteMs} ms`, request.url);
    const signals = request.signal === undefined ? [deadline.signal] : [deadline.signal, request.signal];
    try {
      return await inner({ ...request, signal: AbortSignal.any(signals), headersArrived: firstByte });
    } finally {
      firstByte();
      total();
    }
  };
}

/** Starts a timer that aborts with a `timeout` error; the function returned stops it. */
function timer(clock: Clock, ms: number, deadline: AbortController, message: string, url: string): () => void {
  const stopped = new AbortController();
  clock.sleep(ms, stopped.signal).then(
    () => deadline.abort(new SoferError("timeout", message, { url })),
    // The only rejection of a sleep is our own stop: the answer came in time.
    () => undefined,
  );
  return () => stopped.abort();
}
