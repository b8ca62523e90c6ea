import { resolveTitles, SoferError, toPlainError, unpaced, type ContentsEntry } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import { bucketContents } from "./bucket/contents.ts";
import type { BucketReader } from "./bucket/listing.ts";
import { RoadReader } from "./bucket/road-reader.ts";
import type { Coordinator } from "./coordinator.ts";
import { closeGone } from "./failures.ts";
import { contentsSource } from "./route.ts";
import type { IngestOptions } from "./run-options.ts";
import { isFresh } from "./service/outline-books.ts";
import { endsRun, unreachable } from "./unreachable.ts";

interface WantedBooks {
  readonly entries: readonly ContentsEntry[];
  readonly contents: readonly ContentsEntry[];
  /** Of the bucket, where the run may use it. */
  readonly reader: BucketReader | null;
}

/** Contents, from the file, the library or a source, and the wanted books among them. */
export async function wantedBooks(options: IngestOptions, road: Coordinator): Promise<WantedBooks> {
  const { settings, onEvent } = options;
  const wanted = async (
    contents: readonly ContentsEntry[],
    isCached: boolean,
    reader: BucketReader | null,
  ): Promise<WantedBooks> => {
    const names = options.isRetry === true ? await stillThere(contents) : settings.titles;
    const isNothing = names.length === 0 && options.isRetry === true;
    const entries = isNothing ? [] : resolveTitles(names, contents, { commentaries: settings.commentaries }).entries;
    onEvent({ type: "contents-read", books: contents.length, isCached });
    onEvent({ type: "titles-resolved", books: entries.map((entry) => entry.title) });
    return { entries, contents, reader };
  };
  /** Titles of failures, of which the source may have dropped some. */
  const stillThere = async (contents: readonly ContentsEntry[]): Promise<readonly string[]> => {
    const listed = new Set(contents.map((entry) => entry.title));
    // Contents without a single book say nothing of those that are missing.
    const gone = listed.size === 0 ? [] : settings.titles.filter((title) => !listed.has(title));
    await closeGone({ libraryPath: options.libraryPath, road, onEvent }, gone, Date.now());
    return settings.titles.filter((title) => !gone.includes(title));
  };
  if (contentsSource(settings) === "bucket") {
    if (settings.treeFile !== null) return wanted(await askContents(options, road), false, new RoadReader(road, null));
    try {
      const { entries, isCached, reader } = await bucketContents(options, road);
      return await wanted(entries, isCached, reader);
    } catch (thrown) {
      if (options.signal.aborted || endsRun(thrown)) throw thrown;
      const { message, url } = toPlainError(thrown);
      if (settings.source !== "auto") throw unreachable(settings, message, url, thrown, "bucket");
      // The service may still do, for as few books as it is politely asked for.
      onEvent({ type: "bucket-unreachable", why: message });
    }
  }
  // Only contents that are new can tell what is gone.
  const mayBeKept = settings.resume && settings.treeFile === null && options.isRetry !== true;
  const kept = mayBeKept ? keptContents(options) : null;
  if (kept !== null) {
    try {
      return await wanted(kept, true, null);
    } catch (thrown) {
      // The title may be newer than the kept contents: ask again, and let that answer decide.
      if (!(thrown instanceof SoferError)) throw thrown;
    }
  }
  const contents = await askContents(options, road);
  await road.writer.call("saveContents", settings.baseUrl, contents, Date.now());
  return wanted(contents, false, null);
}

function keptContents(options: IngestOptions): readonly ContentsEntry[] | null {
  const library = openLibrary(options.libraryPath);
  try {
    const kept = library.contents(options.settings.baseUrl);
    return kept !== null && isFresh(kept.fetchedAt, Date.now()) ? kept.entries : null;
  } finally {
    library.close();
  }
}

async function askContents(options: IngestOptions, road: Coordinator): Promise<readonly ContentsEntry[]> {
  // A saved answer is the source's own business, and no request.
  if (options.settings.treeFile !== null) {
    const { service } = await options.makeSources(unpaced, () => undefined);
    return service.contents();
  }
  try {
    return (await road.inquiries.contents("service")).entries;
  } catch (thrown) {
    if (options.signal.aborted || endsRun(thrown)) throw thrown;
    const { message, url } = toPlainError(thrown);
    throw unreachable(options.settings, message, url, thrown);
  }
}
