import { SoferError, type Clock, type Pacer, type Refusal, type SendingEnd } from "@sofer/core";
import type { FromWorker } from "../protocol.ts";

interface Waiting {
  readonly host: string;
  readonly go: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The worker's pacer: every request asks the coordinator, which owns the pace. */
export class Permits implements Pacer {
  readonly #send: (message: FromWorker) => void;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #isOver = false;

  constructor(send: (message: FromWorker) => void, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Whoever still waits to send is turned away: the unit goes back undone. What is on the wire is finished. */
  refuseAll(): void {
    this.#isOver = true;
    for (const { reject } of this.#waiting.values()) reject(new SoferError("interrupted", "the run is stopping"));
    this.#waiting.clear();
  }

  permit(host: string, signal?: AbortSignal): Promise<void> {
    if (this.#isOver) return Promise.reject(new SoferError("interrupted", "the run is stopping"));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#waiting.delete(id);
        reject(signal?.reason);
      };
      const go = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      this.#waiting.set(id, { host, go, reject });
      signal?.addEventListener("abort", abort, { once: true });
      this.#send({ type: "permit", id, host });
    });
  }

  refused(refusal: Refusal): void {
    this.#send({ type: "refused", refusal });
  }

  ended(end: SendingEnd): void {
    this.#send({ type: "ended", end });
  }

  /**
   * A permit that comes too late (this process was kept from running) is not used, but asked for again: late ones
   * together with new ones would be more in a second than the host allows.
   */
  granted(ids: readonly number[], expiresAt: number): void {
    const isLate = this.#clock.now() > expiresAt;
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      if (isLate) this.#send({ type: "permit", id, host: waiting.host });
      else {
        this.#waiting.delete(id);
        waiting.go();
      }
    }
  }
}
