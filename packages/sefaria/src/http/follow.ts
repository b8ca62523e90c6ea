import { SoferError } from "@sofer/core";
import type { AnswerHead, Exchange } from "./exchange.ts";

const MAX_HOPS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface FollowOptions<T> {
  /** Flag that names the host, for hints. */
  readonly flag: "--base-url" | "--bucket-url";
  /** Ends an answer whose body nobody will read. */
  readonly discard?: (answer: T) => Promise<void>;
}

/** Follows redirects inside the host only: another host has a pace, and a trust, of its own. */
export function follow<T extends AnswerHead>(inner: Exchange<T>, options: FollowOptions<T>): Exchange<T> {
  return async (request) => {
    let { url } = request;
    for (let hop = 0; ; hop++) {
      const answer = await inner({ ...request, url });
      const location = answer.headers.get("location");
      if (!REDIRECTS.includes(answer.status) || location === null) return answer;
      await options.discard?.(answer);
      const target = URL.parse(location, url);
      if (target === null || target.host !== new URL(url).host) {
        throw new SoferError("refused", `redirected to another place: ${location}`, {
          url,
          status: answer.status,
          hint: target === null ? `check ${options.flag}` : `if that is right, use ${options.flag} ${target.origin}`,
        });
      }
      if (hop === MAX_HOPS) {
        throw new SoferError("refused", `redirected more than ${MAX_HOPS} times`, { url, status: answer.status });
      }
      url = target.href;
    }
  };
}
