import {
  SoferError,
  type Clock,
  type EventListener,
  type LiveHost,
  type PaceSettings,
  type PlainError,
  type SendingEnd,
} from "@sofer/core";
import type { UsedPace } from "../spent.ts";
import { HostPace, type PaceLedger } from "./host-pace.ts";

export interface HostPacesOptions {
  readonly paceOn: (host: string) => PaceSettings;
  readonly paceLedger: PaceLedger;
  /** ms that a host which has answered before may be down. */
  readonly maxOutageMs: number;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** The run cannot go on. */
  readonly onFatal: (thrown: unknown) => void;
}

/** The paces of the hosts that a run asks, each made when it is first needed, and which of these hosts are down. */
export class HostPaces {
  readonly #options: HostPacesOptions;
  readonly #paces = new Map<string, HostPace>();
  /** Hosts that have answered in this run: what they do not answer now, they may answer later. */
  readonly #alive = new Set<string>();
  #isHeld = false;

  constructor(options: HostPacesOptions) {
    this.#options = options;
  }

  of(host: string): HostPace {
    let pace = this.#paces.get(host);
    if (pace === undefined) {
      const { paceOn, paceLedger, clock, onFatal, onEvent } = this.#options;
      pace = new HostPace(host, paceOn(host), paceLedger, clock, onFatal, onEvent);
      pace.hold(this.#isHeld);
      this.#paces.set(host, pace);
    }
    return pace;
  }

  /** How a sending to its host ended. */
  ended(end: SendingEnd): void {
    if (end.end === "answered") this.#alive.add(end.host);
    this.of(end.host).ended(end);
  }

  /** From now on hosts are asked for something else, and their paces are looked up anew. Nothing may be in flight. */
  forget(): void {
    this.end();
    this.#paces.clear();
  }

  /** While it is held nothing more is sent; what is on the wire is finished. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const pace of this.#paces.values()) pace.hold(isHeld);
  }

  /** What the user allows has changed: each host's pace is looked up again. */
  lookUpAgain(): void {
    for (const [host, pace] of this.#paces) pace.change(this.#options.paceOn(host));
  }

  /** Nothing more is granted. */
  end(): void {
    for (const pace of this.#paces.values()) pace.end();
  }

  /** ms that requests have waited for their turn so far, all together. */
  get waitedMs(): number {
    return [...this.#paces.values()].reduce((sum, pace) => sum + pace.waitedMs, 0);
  }

  /** How much of each pace was used. */
  used(): UsedPace[] {
    return [...this.#paces.values()].map((pace) => pace.used());
  }

  snapshot(): LiveHost[] {
    return [...this.#paces.values()].map((pace) => pace.snapshot());
  }

  /** Whether the host of an error, which had answered before, is down for everybody. Too long, and the run ends. */
  isDown(error: PlainError): boolean {
    const host = error.url === null ? undefined : URL.parse(error.url)?.host;
    if (host === undefined || !this.#alive.has(host)) return false;
    const { downMs } = this.of(host);
    if (downMs === null) return false;
    const { maxOutageMs, onFatal } = this.#options;
    if (downMs >= maxOutageMs) {
      onFatal(
        new SoferError("unreachable", `${host} has been down for ${Math.round(downMs / 1000)} s: ${error.message}`, {
          hint: "what was stored is kept; run the same command again when it is up, or raise --max-outage",
        }),
      );
    }
    return true;
  }
}
