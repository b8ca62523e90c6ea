import { SoferError } from "./errors.ts";
import type { PaceSettings } from "./pace.ts";

/** Requests per second on the publisher's hosts: its own wish is 1 to 2 s between calls (sefaria-api, section 0). */
const PUBLISHER_RATE = 1;
/** Requests per second and worker elsewhere, and how many workers where nobody said: the original's. */
const RATE_PER_WORKER = 10;
const WORKERS = 10;

/** True for the publisher's own hosts: sefaria.org, sefaria.org.il, and what is below them. Takes `host` or `host:port`. */
export function isPublisherHost(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  return /(^|\.)sefaria\.org(\.il)?$/.test(name);
}

/** Requests per second, all workers together, when the user did not say. */
export function defaultRate(host: string, maxWorkers: number | null): number {
  return isPublisherHost(host) ? PUBLISHER_RATE : RATE_PER_WORKER * (maxWorkers ?? WORKERS);
}

/**
 * The pace a run keeps on a host.
 * @throws SoferError `usage` for a rate of 0 (no pace) on a publisher's host.
 */
export function paceFor(
  host: string,
  settings: { readonly rate: number | null; readonly burst: number | null; readonly maxWorkers: number | null },
): PaceSettings {
  const ratePerSecond = settings.rate ?? defaultRate(host, settings.maxWorkers);
  if (ratePerSecond === 0 && isPublisherHost(host)) {
    throw new SoferError("usage", `--rate 0 (no pace) is refused on ${host}`, {
      hint: "give a rate in requests per second, such as --rate 1",
    });
  }
  return { ratePerSecond, burst: settings.burst ?? Math.max(1, ratePerSecond / 10) };
}
