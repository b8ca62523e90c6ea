import { retryAfterMs } from "@sofer/core";

/**
 * The pause that an embedding service asks for, in ms from now, in whatever form it says so: `retry-after-ms`,
 * `Retry-After` (seconds or a date, a minute or more too), the reset of the exhausted limit (`x-ratelimit-reset-requests:
 * 1m3.5s`), or Google's `retryDelay` in the body. null: it does not say.
 */
export function askedPauseMs(headers: Headers, body: string, nowMs: number): number | null {
  const exact = headers.get("retry-after-ms")?.trim() ?? "";
  if (/^\d{1,12}(\.\d+)?$/.test(exact)) return Number(exact);
  const said = retryAfterMs(headers.get("retry-after"), nowMs);
  if (said !== null) return said;
  const delay = /"retryDelay"\s*:\s*"([^"]{1,40})"/.exec(body)?.[1];
  const asked = delay === undefined ? null : durationMs(delay);
  if (asked !== null) return asked;
  const resets = ["requests", "tokens"].flatMap((what) => {
    if (headers.get(`x-ratelimit-remaining-${what}`)?.trim() !== "0") return [];
    const reset = durationMs(headers.get(`x-ratelimit-reset-${what}`) ?? "");
    return reset === null ? [] : [reset];
  });
  return resets.length === 0 ? null : Math.max(...resets);
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `6m0s`, `1.5s`, `20ms`; null for anything else. */
function durationMs(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(trimmed)) return null;
  let ms = 0;
  for (const [, number, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    ms += Number(number) * (UNITS[unit ?? ""] ?? 0);
  }
  return ms;
}
