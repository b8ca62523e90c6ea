import { timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Problem } from "./problem.ts";

export interface GuardOptions {
  /** What control asks for; null: control is not offered. */
  readonly token: string | null;
  /** The name or address that was said to listen on. */
  readonly hostname: string;
}

/** Longest path and query that are read. */
export const MAX_URL_LENGTH = 4_096;
/** Longest body: a list of titles to try again. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Who may ask. A page of another site can make a browser send requests here: its Origin gives it away, or, when its name
 * was made to point to this machine (DNS rebinding), the Host does. So only names that nobody else can own are answered:
 * addresses, localhost, and the name that the user told us to listen on.
 */
export function refusalOf(request: Request, { hostname }: Pick<GuardOptions, "hostname">): Refused | null {
  if (request.url.length > MAX_URL_LENGTH) return refused(414, "too-long", "the address is too long");
  const host = request.headers.get("host");
  if (host === null || !isOwnName(nameOf(host), hostname)) {
    return refused(
      403,
      "forbidden",
      "asked under a name that is not this server's",
      "use its address, such as 127.0.0.1",
    );
  }
  const origin = request.headers.get("origin");
  if (origin !== null && !isSameOrigin(origin, host)) {
    return refused(403, "forbidden", "asked by a page of another site");
  }
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none" && !isFollowedLink(request)) {
    return refused(403, "forbidden", "asked by a page of another site");
  }
  return null;
}

/** A link on another page that somebody followed: what comes is shown to them, and to no page. */
function isFollowedLink({ method, headers }: Request): boolean {
  const isDocument = headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
  return method === "GET" && isDocument;
}

/** Whether a request that steers the run may. */
export function controlRefusal(request: Request, { token }: Pick<GuardOptions, "token">): Refused | null {
  if (token === null) return refused(403, "forbidden", "this API does not steer", "no run belongs to it");
  const said = request.headers.get("authorization");
  const given = said === null ? null : (/^Bearer +(\S+)$/i.exec(said)?.[1] ?? null);
  if (given === null) {
    return refused(401, "unauthorised", "control needs the token", "Authorization: Bearer … (SOFER_API_TOKEN)");
  }
  if (!isSameToken(given, token)) return refused(401, "unauthorised", "the token is another one");
  return null;
}

export interface Refused {
  readonly status: number;
  readonly problem: Problem;
}

function refused(status: number, code: string, message: string, hint = ""): Refused {
  return { status, problem: { code, message, hint } };
}

/** In a time that says nothing of where they differ: hashes are compared, whole, whatever the lengths. */
export function isSameToken(given: string, token: string): boolean {
  const hash = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

/** `[::1]:8614` -> `::1` */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, "")).toLowerCase();
}

function isOwnName(name: string, hostname: string): boolean {
  return isIP(name) !== 0 || name === "localhost" || name === hostname.toLowerCase();
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.parse(origin)?.host === host.toLowerCase();
}
