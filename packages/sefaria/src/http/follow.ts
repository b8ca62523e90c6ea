import { SoferError } from "@sofer/core";
import type { Exchange } from "./exchange.ts";

const MAX_HOPS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Follows redirects inside the host only: another host has a pace, and a trust, of its own. */
export function follow(inner: Exchange): Exchange {
  return async (request) => {
    let { url } = request;
    for (let hop = 0; ; hop++) {
      const answer = await inner({ ...request, url });
      const location = answer.headers.get("location");
      if (!REDIRECTS.includes(answer.status) || location === null) return answer;
      const target = URL.parse(location, url);
      if (target === null || target.host !== new URL(url).host) {
        throw new SoferError("refused", `redirected to another place: ${location}`, {
          url,
          status: answer.status,
          hint: target === null ? "check --base-url" : `if that is right, use --base-url ${target.origin}`,
        });
      }
      if (hop === MAX_HOPS) {
        throw new SoferError("refused", `redirected more than ${MAX_HOPS} times`, { url, status: answer.status });
      }
      url = target.href;
    }
  };
}
