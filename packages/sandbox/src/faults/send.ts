import type { Clock } from "@sofer/core";
import type { FaultRule } from "./rule.ts";
import type { WireAnswer } from "./spoil.ts";

export const SLOW_MS = 10_000;
/** Time for what was written to leave this machine: what still waits when the connection breaks is lost. */
const FLUSH_MS = 25;
/** A trickling body comes in so many drops. */
const DROPS = 20;

/** The response itself: whole, broken off, in drops, or never. */
export async function send(
  rule: FaultRule | null,
  answer: WireAnswer,
  asked: Request,
  clock: Clock,
): Promise<Response> {
  const { status, headers, body } = answer;
  const bytes = new Uint8Array(body);
  switch (rule?.kind) {
    case "cut":
      return new Response(brokenOff(bytes.subarray(0, rule.atByte ?? Math.floor(bytes.byteLength / 2))), {
        status,
        headers,
      });
    case "reset":
      return new Response(brokenOff(new Uint8Array()), { status, headers });
    case "slow-body":
      return new Response(drops(bytes, (rule.delayMs ?? SLOW_MS) / DROPS, asked.signal, clock), { status, headers });
    case "hang":
      await gone(asked.signal);
      return new Response(null, { status: 499 });
    case "hang-body":
      return new Response(begun(bytes.subarray(0, Math.ceil(bytes.byteLength / 2)), asked.signal), { status, headers });
    default:
      return new Response(bytes, { status, headers });
  }
}

/** Resolves when the client has gone. */
function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A part of a body, then an error, which closes the connection before the body's end. */
function brokenOff(part: Uint8Array): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      pulls++;
      if (pulls === 1 && part.byteLength > 0) {
        controller.enqueue(part);
        return;
      }
      await Bun.sleep(FLUSH_MS);
      controller.error(); // Without a reason, so that the runtime prints none: this is wanted.
    },
  });
}

function drops(bytes: Uint8Array, betweenMs: number, signal: AbortSignal, clock: Clock): ReadableStream<Uint8Array> {
  const size = Math.max(1, Math.ceil(bytes.byteLength / DROPS));
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= bytes.byteLength || signal.aborted) return controller.close();
      await clock.sleep(betweenMs);
      controller.enqueue(bytes.subarray(at, (at += size)));
    },
  });
}

function begun(part: Uint8Array, signal: AbortSignal): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      pulls++;
      if (pulls === 1) return controller.enqueue(part);
      await gone(signal);
      controller.close();
    },
  });
}
