import { SoferError, type Settings } from "@sofer/core";
import type { Route } from "./route.ts";
import { DEFAULT_BUCKET_URL, hostOf } from "./hosts.ts";

/** What has its own reason and way out (a full disk, a lost writer), and is no matter of the source. */
export function endsRun(thrown: unknown): boolean {
  return thrown instanceof SoferError && thrown.next === "stop";
}

/** What ends a run because of an answer that all of it hangs on (a listing, say), rather than one book. */
export function sourceFailed(settings: Settings, thrown: unknown, source: Route["source"]): unknown {
  if (!(thrown instanceof SoferError) || endsRun(thrown)) return thrown;
  return unreachable(settings, thrown.message, thrown.url, thrown, source);
}

export function unreachable(
  settings: Settings,
  message: string,
  url: string | null,
  cause?: unknown,
  source: Route["source"] = "service",
): SoferError {
  const host = hostOf(source === "bucket" ? (settings.bucketUrl ?? DEFAULT_BUCKET_URL) : settings.baseUrl);
  const hint = cause instanceof SoferError ? cause.hint : "";
  return new SoferError("unreachable", `${host} gave no usable answer: ${message}`, {
    hint:
      hint !== ""
        ? hint
        : "is the address right and the service up? what was stored is kept; run the same command again",
    ...(url === null ? {} : { url }),
    ...(cause === undefined ? {} : { cause }),
  });
}
