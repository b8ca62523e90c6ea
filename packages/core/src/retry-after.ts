/**
 * `Retry-After` (RFC 9110, 10.2.3) in milliseconds from now: a number of seconds or an HTTP date. null when the header
 * is absent or neither. A date in the past and a negative number are 0; decimals, which some gateways send, are taken.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? "";
  if (/^-?\d{1,15}(?:\.\d+)?$/.test(value)) return Math.max(0, Number(value) * 1000);
  // Date.parse alone would take strings such as "5.5"; an HTTP date begins with the name of a day.
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
