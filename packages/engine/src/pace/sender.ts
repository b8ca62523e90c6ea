import { BackOff, mayPass, requestCount, SoferError, type BackOffOptions, type Clock } from "@sofer/core";
import type { HostPacer } from "./host-pacer.ts";

export interface SenderOptions {
  readonly pacer: HostPacer;
  readonly clock: Clock;
  readonly tries: BackOffOptions;
  /** How long a host may be down before it counts as unreachable. */
  readonly maxOutageMs: number;
  /** Aborted: nothing more is sent; what is on its way is waited for, since it may be paid for. */
  readonly signal: AbortSignal;
  /** Aborted: what is on its way is given up. */
  readonly hardStop: AbortSignal;
  /** Told of each wait before something is sent again. */
  readonly onWait?: (error: SoferError, waitMs: number) => void;
}

/** Codes of a sending that was not answered: the host may be down. */
const TROUBLES: ReadonlySet<string> = new Set(["network", "timeout", "server-error", "body-cut"]);

/** Sends to embedders and stores: each sending with a permit, and again, after a back-off, what may pass. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #answered = new Set<string>();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  backOff(): BackOff {
    return new BackOff(this.#options.tries);
  }

  /** One sending. @param host null: nothing leaves this process, there is no pace */
  async once<T>(host: string | null, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { pacer, clock, signal, hardStop } = this.#options;
    signal.throwIfAborted();
    if (host === null) return send(hardStop);
    await pacer.permit(host, signal);
    const sentAtMs = clock.now();
    try {
      const answer = await send(hardStop);
      pacer.ended({ host, end: "answered" });
      this.#answered.add(host);
      return answer;
    } catch (thrown) {
      if (thrown instanceof SoferError) this.#tell(host, thrown, sentAtMs);
      throw thrown;
    }
  }

  /** A store may throttle records one by one, in an answer that is none. */
  throttled(host: string | null, error: SoferError): void {
    if (host !== null && error.next === "later") this.#tell(host, error, this.#options.clock.now());
  }

  #tell(host: string, error: SoferError, sentAtMs: number): void {
    const { pacer } = this.#options;
    const { status, retryAfterMs } = error;
    if (error.next === "later") pacer.refused({ host, status: status ?? 429, retryAfterMs, sentAtMs });
    else pacer.ended({ host, end: TROUBLES.has(error.code) ? "troubled" : "answered" });
  }

  /**
   * Waits until what failed may be sent again. False: it has failed too often. A failure while the host is down says
   * nothing of what was sent and costs nothing; but only of a host that has answered before, or a wrong address would be
   * waited for.
   * @throws `unreachable` when the host has been down for too long, or never answered; and the signal's reason
   */
  async wait(backOff: BackOff, error: SoferError, host: string | null): Promise<boolean> {
    const { pacer, clock, maxOutageMs, signal, onWait } = this.#options;
    const downMs = host === null ? null : pacer.downMs(host);
    const hasAnswered = host === null || this.#answered.has(host);
    if (host !== null && downMs !== null && downMs >= maxOutageMs) {
      throw unreachable(`${host} has been down for ${Math.round(downMs / 1000)} s`, error);
    }
    const waitMs = backOff.next(error, downMs !== null && hasAnswered);
    if (waitMs === null) {
      if (!hasAnswered && TROUBLES.has(error.code)) {
        throw unreachable(`${host} gave no answer to ${requestCount(backOff.requests)}`, error);
      }
      return false;
    }
    onWait?.(error, waitMs);
    await clock.sleep(waitMs, signal);
    return true;
  }

  /** Sends until it is done or has failed too often. */
  async untilDone<T>(host: string | null, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const backOff = this.backOff();
    for (;;) {
      try {
        return await this.once(host, send);
      } catch (thrown) {
        if (!(thrown instanceof SoferError) || !mayPass(thrown)) throw thrown;
        if (!(await this.wait(backOff, thrown, host))) throw gaveUp(thrown, backOff.requests);
      }
    }
  }
}

function unreachable(what: string, error: SoferError): SoferError {
  return new SoferError("unreachable", `${what}: ${error.message}`, {
    hint: "is the address right and the service up? what was done is kept; run the same command again",
    cause: error,
    ...(error.url === null ? {} : { url: error.url }),
  });
}

/** The last error, with how often it was tried. */
export function gaveUp(error: SoferError, requests: number): SoferError {
  return new SoferError(error.code, `${error.message} (${requestCount(requests)})`, {
    hint: error.hint,
    cause: error,
    ...(error.url === null ? {} : { url: error.url }),
    ...(error.status === null ? {} : { status: error.status }),
  });
}
