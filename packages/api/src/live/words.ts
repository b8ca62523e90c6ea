import type { LiveHost } from "@sofer/core";
import type { Host } from "../schemas/runs.ts";
import type { Moment } from "./messages.ts";

/** What a host's limiter does, as a word and as a sentence. */
export function hostState(host: LiveHost, now: number): Pick<Host, "state" | "inWords"> {
  const { ratePerSecond, allowedPerSecond, pausedUntil, downMs, probeInMs } = host;
  if (host.isHeld) return { state: "paused", inWords: "nothing is sent: the run is paused" };
  if (pausedUntil !== null && pausedUntil > now) {
    return { state: "waiting", inWords: `waiting ${seconds(pausedUntil - now)}: the host asked for it` };
  }
  if (downMs !== null) {
    const next = probeInMs === null || probeInMs <= 0 ? "now" : `in ${seconds(probeInMs)}`;
    return { state: "down", inWords: `down for ${seconds(downMs)}: one request is tried ${next}` };
  }
  if (ratePerSecond === 0) return { state: "asking", inWords: "asking without a pace" };
  if (ratePerSecond !== allowedPerSecond) {
    const allowed = allowedPerSecond === 0 ? "no limit is set" : `${perSecond(allowedPerSecond)} are allowed`;
    return {
      state: "cut",
      inWords: `asking ${perSecond(ratePerSecond)}, as the host has shown to bear (${allowed})`,
    };
  }
  return { state: "asking", inWords: `asking at most ${perSecond(ratePerSecond)}` };
}

/** What the run does, or what it waits for. */
export function runInWords({ at, engine, progress }: Moment): string {
  if (progress.phase === "ended") return "ended";
  if (engine.isStopping || progress.phase === "stopping") return "stopping: finishing what is in flight";
  if (engine.control.pausedAt !== null) return "paused: nothing is sent until it is resumed";
  for (const host of engine.hosts) {
    const { state, inWords } = hostState(host, at);
    if (state === "waiting" || state === "down") return `${host.host}: ${inWords}`;
  }
  if (engine.units.delayed > 0 && engine.units.leased === 0 && engine.units.ready === 0) {
    return "waiting to try again what has failed";
  }
  if (progress.phase === "planning") return "planning: reading contents and outlines";
  if (progress.phase === "finishing") return "finishing: chunks, index and receipt";
  return "fetching";
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))} s`;
}

function perSecond(rate: number): string {
  return `${Math.round(rate * 100) / 100} requests/s`;
}
