import { hostState } from "@sofer/api/words";
import type { LiveHost } from "@sofer/core";

/** The rate is a mean of so long. */
const WINDOW_MS = 10_000;
/** From less than this a rate is a guess. */
const LEAST_MS = 1_000;

/** How fast the run asks beside how fast it may, and what the limiter does about it: `4.9 of 5 requests/s`. */
export class PaceLine {
  #samples: { readonly atMs: number; readonly granted: number }[] = [];

  /** null: no host has been asked yet. @param now wall clock, which pauses are told by */
  line(hosts: readonly LiveHost[], nowMs: number, now: number): string | null {
    if (hosts.length === 0) return null;
    const granted = hosts.reduce((sum, host) => sum + host.granted, 0);
    const isYoung = ({ atMs }: { readonly atMs: number }) => nowMs - atMs <= WINDOW_MS;
    this.#samples = [...this.#samples.filter(isYoung), { atMs: nowMs, granted }];
    const words = hosts.flatMap((host) => {
      const { state, inWords } = hostState(host, now);
      return state === "asking" ? [] : [hosts.length === 1 ? inWords : `${host.host}: ${inWords}`];
    });
    return [`${this.#rate()}${allowed(hosts)}`, ...words].join(" · ");
  }

  #rate(): string {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return "–";
    return shown((1000 * (last.granted - first.granted)) / (last.atMs - first.atMs));
  }
}

function allowed(hosts: readonly LiveHost[]): string {
  if (hosts.some(({ allowedPerSecond }) => allowedPerSecond === 0)) return " requests/s, no pace";
  return ` of ${shown(hosts.reduce((sum, host) => sum + host.allowedPerSecond, 0))} requests/s`;
}

function shown(rate: number): string {
  return rate < 100 ? String(Math.round(rate * 10) / 10) : String(Math.round(rate));
}
