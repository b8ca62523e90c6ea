import type { Settings } from "@sofer/core";
import { paceOnHost } from "../run-settings.ts";
import type { PaceLedger } from "./host-pace.ts";
import { HostPacer } from "./host-pacer.ts";

type Route = Parameters<typeof paceOnHost>[2];

/** The pacer of a verb that asks the source from its own process. */
export class LocalPacer extends HostPacer {
  readonly #now: { route: Route };

  constructor(settings: Settings, route: Route, ledger: PaceLedger) {
    const now = { route };
    super((host) => paceOnHost(settings, host, now.route), ledger);
    this.#now = now;
  }

  /** From now on requests go by this route: a host may be paced on one and not on the other. */
  take(route: Route): void {
    if (route === this.#now.route) return;
    this.#now.route = route;
    this.end();
  }
}
