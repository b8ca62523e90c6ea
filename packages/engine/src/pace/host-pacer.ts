import {
  systemClock,
  type Clock,
  type EventListener,
  type PaceSettings,
  type Pacer,
  type Refusal,
  type SendingEnd,
} from "@sofer/core";
import { HostPace, type PaceLedger } from "./host-pace.ts";

/** The pacer of whoever asks from its own process, without workers: the same buckets, in the same pace file. */
export class HostPacer implements Pacer {
  readonly #paceOn: (host: string) => PaceSettings;
  readonly #ledger: PaceLedger;
  readonly #clock: Clock;
  readonly #onEvent: EventListener;
  readonly #paces = new Map<string, HostPace>();
  /** Of those who wait. */
  readonly #rejects = new Set<(reason: unknown) => void>();
  #lostWith: { readonly thrown: unknown } | null = null;

  constructor(
    paceOn: (host: string) => PaceSettings,
    ledger: PaceLedger,
    clock: Clock = systemClock,
    onEvent: EventListener = () => undefined,
  ) {
    this.#paceOn = paceOn;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  permit(host: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#lostWith !== null) return reject(this.#lostWith.thrown);
      if (signal?.aborted) return reject(signal.reason);
      const settle = () => {
        this.#rejects.delete(fail);
        signal?.removeEventListener("abort", abort);
      };
      const fail = (reason: unknown) => {
        settle();
        reject(reason);
      };
      const abort = () => fail(signal?.reason);
      this.#rejects.add(fail);
      signal?.addEventListener("abort", abort, { once: true });
      this.#paceOf(host).request(() => {
        settle();
        resolve();
      });
    });
  }

  refused(refusal: Refusal): void {
    this.#paceOf(refusal.host).refused(refusal);
  }

  ended(end: SendingEnd): void {
    this.#paceOf(end.host).ended(end);
  }

  /** ms for which a host has been down; null: it is not. */
  downMs(host: string): number | null {
    return this.#paces.get(host)?.downMs ?? null;
  }

  /** Forgets everybody who waits. */
  end(): void {
    for (const pace of this.#paces.values()) pace.end();
    this.#paces.clear();
  }

  #paceOf(host: string): HostPace {
    const known = this.#paces.get(host);
    if (known !== undefined) return known;
    const onLost = (thrown: unknown) => this.#lost(thrown);
    const pace = new HostPace(host, this.#paceOn(host), this.#ledger, this.#clock, onLost, this.#onEvent);
    this.#paces.set(host, pace);
    return pace;
  }

  /** The pace file cannot be used any more: without it nothing may be sent. */
  #lost(thrown: unknown): void {
    this.#lostWith ??= { thrown };
    for (const reject of this.#rejects) reject(thrown);
  }
}
