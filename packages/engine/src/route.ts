import { isPublisherHost, type Settings } from "@sofer/core";
import { POLITE_REQUESTS } from "./budget.ts";
import { hostOf, MERGED_TITLE } from "./hosts.ts";

export interface Route {
  readonly source: "service" | "bucket";
  /** One clause. */
  readonly why: string;
}

/** True when `auto` may take the bucket: it holds the publisher's books, which another host's may not be. */
export function hasBucket(settings: Settings): boolean {
  return settings.bucketUrl !== null || isPublisherHost(hostOf(settings.baseUrl));
}

/** Where the contents are read: from the bucket wherever it may be used, which costs the web service nothing. */
export function contentsSource(settings: Settings): "service" | "bucket" {
  if (settings.source !== "auto") return settings.source;
  if (settings.strategy !== "few") return "service";
  if (settings.refresh === "service") return "service";
  return hasBucket(settings) || settings.versions.includes(MERGED_TITLE) ? "bucket" : "service";
}

/** The route that texts come by, from the contents alone (design 2.6): two requests are the least a book costs. */
export function chooseRoute(settings: Settings, books: number): Route {
  const { source } = settings;
  if (source !== "auto") return { source, why: `--source ${source} was asked for` };
  if (settings.strategy !== "few") return { source: "service", why: `--strategy ${settings.strategy} was asked for` };
  if (settings.refresh === "service") return { source: "service", why: "--refresh service was asked for" };
  if (settings.versions.includes(MERGED_TITLE)) {
    return { source: "bucket", why: "merged texts are in the export only" };
  }
  if (!hasBucket(settings)) {
    return { source: "service", why: "--base-url is not the publisher's, and no --bucket-url names an export of it" };
  }
  const least = 2 * books;
  const said = `${books} ${books === 1 ? "book needs" : "books need"} at least ${least} requests by the web service`;
  return least > POLITE_REQUESTS
    ? { source: "bucket", why: `${said}, more than the ${POLITE_REQUESTS} that are polite` }
    : { source: "service", why: `${said}, no more than the ${POLITE_REQUESTS} that are polite` };
}
