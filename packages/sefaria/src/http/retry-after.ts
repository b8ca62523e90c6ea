/**
 * `Retry-After` (RFC 9110, 10.2.3) in milliseconds from now: a number of seconds or an HTTP date. null when the header
 * is absent or neither; a date in the past is 0.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse alone would take strings such as "5.5"; an HTTP date begins with the name of a day.
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
