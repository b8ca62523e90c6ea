import { toPlainError, type Settings } from "@sofer/core";
import { PaceBook, type Library, type StoredBook } from "@sofer/store";
import { checkPoliteness } from "./budget.ts";
import { bucketReader, serviceReader } from "./leaf-readers.ts";
import { LocalPacer } from "./pace/local-pacer.ts";
import type { MakeCoordinatorSources } from "./run-options.ts";
import { paceFileOf } from "./run-settings.ts";
import { unreachable } from "./unreachable.ts";
import { compareLeaf, type LeafReader } from "./verify-source.ts";
import { verifyLibrary, type VerifyOptions, type VerifyReport } from "./verify.ts";

export interface DeepOptions extends Omit<VerifyOptions, "deep"> {
  readonly settings: Settings;
  readonly makeSources: MakeCoordinatorSources;
}

type Route = "service" | "bucket";

/**
 * As verifyLibrary, and every leaf is compared with the source as it is now: a book that came by the bucket by the
 * checksums of its files (those that changed are read), any other by the service, at the pace of its host.
 * @throws SoferError `over-budget` when the publisher's service would be asked too much
 */
export async function verifyDeeply(options: DeepOptions): Promise<VerifyReport> {
  const { settings, library } = options;
  const routes = new Map<string, Route>();
  let requests = 0;
  for (const book of library.eachBook(options.titles ?? undefined)) {
    const route = routeOf(settings, library, book);
    routes.set(book.title, route);
    if (route === "service") requests += new Set(library.holdings(book.title).map((row) => row.nodeId)).size;
  }
  checkPoliteness(settings, requests);
  const paceBook = new PaceBook(paceFileOf(settings));
  const pacers = {
    service: new LocalPacer(settings, "service", paceBook),
    bucket: new LocalPacer(settings, "bucket", paceBook),
  };
  try {
    const sources = (route: Route) => options.makeSources(pacers[route], () => undefined);
    const readers: Readonly<Record<Route, LeafReader>> = {
      service: reachable(settings, serviceReader((await sources("service")).service)),
      bucket: reachable(settings, bucketReader((await sources("bucket")).bucket, library)),
    };
    return await verifyLibrary({
      ...options,
      deep: (book, leaf, versions) =>
        compareLeaf(library, readers[routes.get(book.title) ?? "service"], book, leaf, versions),
    });
  } finally {
    pacers.service.end();
    pacers.bucket.end();
    paceBook.close();
  }
}

function routeOf(settings: Settings, library: Library, book: StoredBook): Route {
  if (settings.source !== "auto") return settings.source;
  return library.sourceObjects(book.title).some((row) => row.kind === "text") ? "bucket" : "service";
}

/** Codes of a host that gives nothing at all, rather than of one bad answer. */
const SILENT: ReadonlySet<string> = new Set(["network", "timeout", "server-error", "refused", "throttled"]);

/** When not even the first leaf can be read, all the others need not be tried, each with its retries. */
function reachable(settings: Settings, reader: LeafReader): LeafReader {
  let hasRead = false;
  return {
    async read(book, leaf, versions) {
      try {
        const read = await reader.read(book, leaf, versions);
        hasRead = true;
        return read;
      } catch (thrown) {
        const { code, message, url } = toPlainError(thrown);
        throw hasRead || !SILENT.has(code) ? thrown : unreachable(settings, message, url, thrown);
      }
    },
  };
}
