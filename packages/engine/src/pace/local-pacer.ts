import { systemClock, type Pacer, type Refusal, type SendingEnd, type Settings } from "@sofer/core";
import { paceOnHost } from "../run-settings.ts";
import { HostPace, type PaceLedger } from "./host-pace.ts";

type Route = Parameters<typeof paceOnHost>[2];

/** The pacer of a verb that asks from its own process, without workers: the same buckets, in the same pace file. */
export class LocalPacer implements Pacer {
  readonly #settings: Settings;
  readonly #ledger: PaceLedger;
  readonly #paces = new Map<string, HostPace>();
  #route: Route;

  constructor(settings: Settings, route: Route, ledger: PaceLedger) {
    this.#settings = settings;
    this.#route = route;
    this.#ledger = ledger;
  }

  /** From now on requests go by this route: a host may be paced on one and not on the other. */
  take(route: Route): void {
    if (route === this.#route) return;
    this.#route = route;
    this.end();
  }

  permit(host: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.#paceOf(host).request(() => {
        signal?.removeEventListener("abort", abort);
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

  /** Forgets everybody who waits. */
  end(): void {
    for (const pace of this.#paces.values()) pace.end();
    this.#paces.clear();
  }

  #paceOf(host: string): HostPace {
    const known = this.#paces.get(host);
    if (known !== undefined) return known;
    const pace = new HostPace(host, paceOnHost(this.#settings, host, this.#route), this.#ledger, systemClock);
    this.#paces.set(host, pace);
    return pace;
  }
}
