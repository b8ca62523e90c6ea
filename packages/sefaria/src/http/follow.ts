import { SoferError } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";

const MAX_HOPS = 3;
/** Letters of an address that a message shows. */
const MAX_SHOWN = 300;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface FollowOptions<T> {
  /** Flag that names the host, for hints. */
  readonly flag: "--base-url" | "--bucket-url";
  /** Ends an answer whose body nobody will read. */
  readonly discard?: (answer: T) => Promise<void>;
}

/**
 * Follows redirects inside the host only: another host has a pace, and a trust, of its own, and may be one that only this
 * machine can reach. Nor is a connection given up that nobody can listen to, or a password sent that a redirect holds.
 */
export function follow<T extends AnswerHead>(inner: Exchange<T>, options: FollowOptions<T>): Exchange<T> {
  return async (request) => {
    let { url } = request;
    for (let hop = 0; ; hop++) {
      const answer = await inner({ ...request, url });
      const location = answer.headers.get("location");
      if (!REDIRECTS.includes(answer.status) || location === null) return answer;
      await options.discard?.(answer);
      const target = URL.parse(location, url);
      const why = target === null ? "no address" : refusal(target, new URL(url));
      if (target === null || why !== null) {
        throw new SoferError("refused", `redirected to ${why}: ${withoutSecrets(target, location)}`, {
          url,
          status: answer.status,
          hint:
            target === null || !isWeb(target)
              ? `check ${options.flag}`
              : `if that is right, use ${options.flag} ${target.origin}`,
        });
      }
      if (hop === MAX_HOPS) {
        throw new SoferError("refused", `redirected more than ${MAX_HOPS} times`, {
          url,
          status: answer.status,
          hint: `check ${options.flag}: it sends whoever asks in a circle`,
        });
      }
      url = target.href;
    }
  };
}

/** Why a redirect is not followed; null: it is. */
function refusal(target: URL, from: URL): string | null {
  if (!isWeb(target) || target.hostname !== from.hostname) return "another place";
  if (target.username !== "" || target.password !== "") return "an address with a password in it";
  if (from.protocol === "https:" && target.protocol === "http:") return "an address without encryption";
  const isUpgrade = from.protocol === "http:" && target.protocol === "https:" && from.port === "";
  return target.port === from.port || (isUpgrade && target.port === "") ? null : "another place";
}

function isWeb({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

function withoutSecrets(target: URL | null, location: string): string {
  if (target === null) return location.slice(0, MAX_SHOWN);
  const shown = new URL(target);
  shown.username = "";
  shown.password = "";
  return shown.href.slice(0, MAX_SHOWN);
}
