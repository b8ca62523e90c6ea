import { homedir } from "node:os";
import { join } from "node:path";
import {
  LANGUAGES,
  licensesOf,
  paceFor,
  SoferError,
  type Language,
  type PaceSettings,
  type Settings,
  type VersionPolicy,
} from "@sofer/core";
import { DEFAULT_BUCKET_URL, hostOf, MERGED_TITLE } from "./hosts.ts";
import type { Effort } from "./open-files.ts";
import type { Wish } from "./planner.ts";
import type { WorkerSettings } from "./protocol.ts";
import type { RetriesOptions } from "./retries.ts";
import { checkStrategy } from "./strategy/check-strategy.ts";

/** What the words on the command line mean for a run. */
export function wishOf(settings: Settings): Wish {
  return {
    selection: {
      policy: policyOf(settings.versions),
      languages: settings.languages.filter((language): language is Language => language === "he" || language === "en"),
      licenses: settings.licenses === null ? null : licensesOf(settings.licenses),
    },
    limit: settings.limit,
    isFresh: !settings.resume || settings.overwrite,
    notBefore: notBefore(settings),
  };
}

/** What can be wrong usage in the words of a run, before anything is opened. @throws SoferError `usage` */
export function checkWords(settings: Settings): void {
  wishOf(settings);
  paceSettingsOf(settings);
  checkStrategy(settings);
}

/** Frozen when the run begins, so that what it brings itself is never too old for it. */
function notBefore({ refresh, maxAge }: Settings): number {
  if (refresh === "service") return Date.now();
  return maxAge === null ? 0 : Date.now() - maxAge * 60 * 60 * 1000;
}

function policyOf(versions: readonly string[]): VersionPolicy {
  const [only] = versions;
  if (versions.length === 1 && (only === "all" || only === "best")) return { kind: only };
  if (versions.length === 1 && only === MERGED_TITLE) {
    return { kind: "exact", wanted: LANGUAGES.map((language) => ({ language, versionTitle: MERGED_TITLE })) };
  }
  const wanted = versions.map((said) => {
    const bar = said.indexOf("|");
    const language = said.slice(0, bar);
    const versionTitle = said.slice(bar + 1);
    if (bar < 0 || versionTitle === "" || (language !== "he" && language !== "en")) {
      throw new SoferError("usage", `--versions: "${said}" is not best, all, merged, or a title such as "he|Title"`, {
        hint: "put he| or en| in front of the version's title",
      });
    }
    return { language, versionTitle } as const;
  });
  return { kind: "exact", wanted };
}

/** Where nobody said how many: more processes than processors only take memory (decision 0033). */
const LEAST_WORKERS = 2;
const MOST_WORKERS = 10;

/** @param processors of this machine that may be used */
export function effortOf(
  { maxWorkers, maxConcurrentRequests }: Pick<Settings, "maxWorkers" | "maxConcurrentRequests">,
  processors: number,
): Effort {
  const chosen = Math.min(MOST_WORKERS, Math.max(LEAST_WORKERS, processors));
  return { maxWorkers: maxWorkers ?? chosen, maxConcurrentRequests };
}

/** Work that one worker can hold lasts so long before another is started; whoever said how many has them at once. */
export function othersAfterMs({ maxWorkers }: Pick<Settings, "maxWorkers">): number {
  return maxWorkers === null ? 1_000 : 0;
}

/**
 * Bytes of answers that all workers have in hand, and one of them: a unit takes ten times as much memory while it is
 * parsed. M: with 8 MB in each of two, 253 real books at 150 ms latency took a fifth longer than with 80 MB in ten.
 */
const IN_HAND_BYTES = 80 * 1024 * 1024;
const MOST_IN_HAND_BYTES = 16 * 1024 * 1024;

export function workerSettingsOf(settings: Settings, { maxWorkers, maxConcurrentRequests }: Effort): WorkerSettings {
  return {
    baseUrl: settings.baseUrl,
    bucketUrl: settings.bucketUrl ?? DEFAULT_BUCKET_URL,
    userAgent: settings.userAgent,
    maxConcurrentRequests,
    maxUnits: maxConcurrentRequests,
    inHandBytes: Math.min(MOST_IN_HAND_BYTES, Math.floor(IN_HAND_BYTES / maxWorkers)),
    strategy: settings.strategy,
    maxRetries: settings.maxRetries,
    initialBackoffMs: settings.initialBackoff * 1000,
    timeoutMs: settings.timeout * 1000,
    maxResponseBytes: maxResponseBytesOf(settings),
    maxMemoryBytes: settings.workerMemoryMb * 1024 * 1024,
    reportsRequests: settings.requestLog !== null,
  };
}

export function maxResponseBytesOf({ maxResponseMb }: Settings): number {
  return Math.round(maxResponseMb * 1024 * 1024);
}

export function retriesOf({ maxRetries, initialBackoff, retryBudget }: Settings): RetriesOptions {
  return { maxRetries, initialBackoffMs: initialBackoff * 1000, budgetPercent: retryBudget };
}

export function paceSettingsOf(settings: Settings): PaceSettings {
  return paceFor(hostOf(settings.baseUrl), settings);
}

/**
 * The pace on any host of a run. A storage service is made for bulk: no pace is kept there unless one was asked for.
 * @param source what is being asked: one address may be both, such as the sandbox's.
 */
export function paceOnHost(settings: Settings, host: string, source: "service" | "bucket"): PaceSettings {
  const isBucket = host === hostOf(settings.bucketUrl ?? DEFAULT_BUCKET_URL);
  const isService = host === hostOf(settings.baseUrl) && source === "service";
  if (!isBucket || isService) return paceFor(host, settings);
  const ratePerSecond = settings.rate ?? 0;
  return { ratePerSecond, burst: settings.burst ?? Math.max(1, ratePerSecond / 10) };
}

/** Settings with the pace that somebody who steers the run has asked for. */
export function repaced(settings: Settings, rate: number | null): Settings {
  if (rate === null) return settings;
  // A burst that was said for another rate may be a multiple of this one.
  return { ...settings, rate, burst: Math.min(settings.burst ?? Number.POSITIVE_INFINITY, Math.max(1, rate / 10)) };
}

/** One small file per user, whatever the library: the pace belongs to the host (design 2.5). */
export function paceFileOf(settings: Settings): string {
  if (settings.paceFile !== null) return settings.paceFile;
  const state = process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  return join(state, "sofer", "pace.sqlite");
}
