import { SoferError, systemClock, type Clock } from "@sofer/core";
import type { AnswerHead, Exchange } from "../http/exchange.ts";
import { discard, openStack, type OpenAnswer } from "../http/open.ts";
import { Attempts, type RetryOptions } from "../http/retry.ts";
import type { HttpOptions } from "../http/stack.ts";
import { wireError } from "../http/transport.ts";
import { statusError } from "../http/validate.ts";
import { MAX_STORED_BYTES, replaced, tooLarge, Transfer, type Target } from "./transfer.ts";

/** A sending that brought so much and then broke costs no attempt: a large object over a bad line must come to its end. */
const PROGRESS_BYTES = 1_000_000;

/** What is used of a stream's reader. */
interface PartReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

export interface WholeObject {
  /** As stored. */
  readonly bytes: Uint8Array;
  /** False when nobody published a checksum: then only the size was compared. */
  readonly isVerified: boolean;
}

/**
 * Objects as stored: pinned to their generation, continued by Range after a cut, compared with size and checksum.
 * `timeoutMs` is for one sending, as everywhere; the time in which the reader does not ask for more is not counted.
 */
export class Downloads {
  readonly #options: HttpOptions;
  readonly #clock: Clock;
  readonly #open: Exchange<OpenAnswer>;
  readonly #retry: RetryOptions;
  readonly #mostHeldBytes: number;

  /** @param mostHeldBytes of an object that is read whole */
  constructor(options: HttpOptions, mostHeldBytes = MAX_STORED_BYTES) {
    this.#options = options;
    this.#mostHeldBytes = mostHeldBytes;
    this.#clock = options.clock ?? systemClock;
    this.#open = openStack(options);
    this.#retry = { ...options, clock: this.#clock };
  }

  /**
   * The whole object, checked before anything is made of it, as `decode` makes it. What is damaged is downloaded again,
   * also when `decode` is who finds that out; unless it has its checksum: then it is damaged where it is stored.
   */
  async whole<T>(target: Target, decode: (stored: WholeObject) => T, signal?: AbortSignal): Promise<T> {
    const attempts = new Attempts(this.#retry);
    for (;;) {
      let stored: WholeObject | null = null;
      try {
        stored = await this.#collect(target, signal);
        return decode(stored);
      } catch (error) {
        if (!(error instanceof SoferError) || stored?.isVerified === true) throw error;
        // Every other failure of the download has had its attempts.
        const isDamaged = error.code === "checksum" || (stored !== null && error.code === "not-json");
        if (!isDamaged) throw error;
        await attempts.failed(error, signal);
      }
    }
  }

  /** When an object was last written (RFC 3339; "" when the host does not say), or null when it is not there. */
  async modifiedAt(target: Target, signal?: AbortSignal): Promise<string | null> {
    const attempts = new Attempts(this.#retry);
    for (;;) {
      try {
        const answer = await this.#ask(target, new Transfer(target), signal);
        await discard(answer);
        const at = Date.parse(answer.headers.get("last-modified") ?? "");
        return Number.isNaN(at) ? "" : new Date(at).toISOString();
      } catch (error) {
        // Where listing is refused, a missing object is refused too.
        if (error instanceof SoferError && (error.code === "not-found" || error.code === "refused")) return null;
        await attempts.failed(error, signal);
      }
    }
  }

  async #collect(target: Target, signal: AbortSignal | undefined): Promise<WholeObject> {
    const most = this.#mostHeldBytes;
    if (target.size > most) throw tooLarge(target, most);
    // Of the size that was promised, so that a large object is in memory once. An object of unknown size grows.
    let bytes = new Uint8Array(Math.max(0, target.size));
    let held = 0;
    const stream = this.stream(target, signal, () => {
      held = 0;
    });
    for (;;) {
      const { done, value } = await stream.next();
      if (done) return { bytes: bytes.subarray(0, held), isVerified: value };
      if (held + value.byteLength > most) {
        await stream.return(false);
        throw tooLarge(target, most);
      }
      if (held + value.byteLength > bytes.byteLength) {
        const larger = new Uint8Array(2 * (held + value.byteLength));
        larger.set(bytes.subarray(0, held));
        bytes = larger;
      }
      bytes.set(value, held);
      held += value.byteLength;
    }
  }

  /**
   * The object part by part; whether it had a checksum is what the generator returns. What was yielded is void when it
   * throws. @param onRestart for a reader who can begin anew; without it, what was yielded is compared and skipped when
   * the host does not continue.
   * @throws SoferError `checksum`, `replaced`, `not-found`, and those of the wire after all attempts.
   */
  async *stream(target: Target, signal?: AbortSignal, onRestart?: () => void): AsyncGenerator<Uint8Array, boolean> {
    const transfer = new Transfer(target);
    const attempts = new Attempts(this.#retry);
    while (target.size !== 0) {
      const before = transfer.received;
      try {
        yield* this.#sending(target, transfer, signal, onRestart);
        break;
      } catch (error) {
        if (error instanceof SoferError && error.code === "checksum") throw error;
        // The line broke after the last byte: there is nothing left to ask for.
        if (transfer.received === target.size) break;
        if (transfer.received - before >= PROGRESS_BYTES) attempts.progressed();
        await attempts.failed(error, signal);
      }
    }
    return transfer.verify();
  }

  /** One sending, to its end or to its failure. */
  async *#sending(
    target: Target,
    transfer: Transfer,
    signal: AbortSignal | undefined,
    onRestart: (() => void) | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    const sending = new AbortController();
    const signals = signal === undefined ? sending.signal : AbortSignal.any([signal, sending.signal]);
    const answer = await this.#ask(target, transfer, signals);
    const reader: PartReader = (answer.body ?? new Blob([]).stream()).getReader();
    let bytes = 0;
    try {
      if (transfer.begin(answer) && onRestart !== undefined) {
        transfer.restart();
        onRestart();
      }
      const next = this.#timedReads(target, answer, reader, sending);
      for (let part = await next(); part !== null; part = await next()) {
        bytes += part.byteLength;
        const fresh = transfer.take(part);
        if (fresh.byteLength > 0) yield fresh;
      }
      transfer.checkEnd();
    } catch (error) {
      signal?.throwIfAborted();
      throw wireError(error, target.url, answer);
    } finally {
      answer.ended(bytes);
      // A body that broke has nothing to cancel; its error was thrown above.
      await reader.cancel().catch(() => undefined);
    }
  }

  /** Sends the request; only a whole or a partial answer returns. */
  async #ask(target: Target, transfer: Transfer, signal: AbortSignal | undefined): Promise<OpenAnswer> {
    for (;;) {
      const request = { url: target.url, canSplit: false, headers: transfer.nextHeaders() };
      const answer = await this.#open(signal === undefined ? request : { ...request, signal });
      const isOurs = answer.status === 200 || answer.status === 206;
      if (isOurs && !transfer.isCompressedOnTheWay(answer)) return answer;
      await discard(answer);
      if (!isOurs) throw this.#refused(target, answer);
    }
  }

  #refused(target: Target, answer: AnswerHead): SoferError {
    const { status } = answer;
    const fields = { url: target.url, status };
    if (target.isListed && (status === 404 || status === 412 || status === 416)) {
      return replaced(target, status === 404 ? "it is not there any more" : `HTTP ${status}`, fields);
    }
    return statusError(answer, target.name, this.#clock.now());
  }

  /** Reads with what is left of the sending's time: the clock runs only while we wait for the host. */
  #timedReads(
    target: Target,
    answer: OpenAnswer,
    reader: PartReader,
    sending: AbortController,
  ): () => Promise<Uint8Array | null> {
    let leftMs = this.#options.timeoutMs;
    return async () => {
      const start = this.#clock.monotonicMs();
      const arrived = new AbortController();
      this.#clock.sleep(leftMs, arrived.signal).then(
        () => sending.abort(tooLate(target, answer, this.#options.timeoutMs)),
        // The only rejection of a sleep is our own stop: the part came in time.
        () => undefined,
      );
      try {
        const { done, value } = await reader.read();
        return done ? null : (value ?? new Uint8Array());
      } catch (error) {
        throw sending.signal.aborted ? sending.signal.reason : error;
      } finally {
        arrived.abort();
        leftMs -= this.#clock.monotonicMs() - start;
      }
    };
  }
}

function tooLate(target: Target, { status }: AnswerHead, timeoutMs: number): SoferError {
  return new SoferError("timeout", `${target.name} did not come to its end within ${timeoutMs} ms`, {
    url: target.url,
    status,
  });
}
