import { fromPlainError, isListingRefused, SoferError, type ContentsEntry, type ListedObject } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import type { Coordinator } from "../coordinator.ts";
import type { IngestOptions } from "../run-options.ts";
import { DEFAULT_BUCKET_URL } from "../hosts.ts";
import { RoadReader } from "./road-reader.ts";

export interface BucketContents {
  readonly entries: readonly ContentsEntry[];
  readonly reader: RoadReader;
  readonly isCached: boolean;
}

/**
 * The contents from the bucket, with a reader that knows where its objects lie. One listing request tells whether
 * the kept ones are still current: a run that finds nothing new downloads nothing.
 * @throws SoferError as the source failed
 */
export async function bucketContents(options: IngestOptions, road: Coordinator): Promise<BucketContents> {
  const { settings, exportNames } = options;
  const bucketUrl = settings.bucketUrl ?? DEFAULT_BUCKET_URL;
  const keys = {
    contents: `bucket ${bucketUrl}`,
    root: `bucket-root ${bucketUrl}`,
    tag: `bucket-contents ${bucketUrl}`,
  };
  const library = openLibrary(options.libraryPath);
  const [root, tag, kept] = [library.meta(keys.root), library.meta(keys.tag), library.contents(keys.contents)];
  library.close();
  const reader = new RoadReader(road, root);
  const [page] = await reader.pages([{ prefix: exportNames.contents, token: null, page: 0 }]);
  if (page === null || page === undefined) throw new SoferError("interrupted", "stopped before the contents were read");
  if ("code" in page) {
    if (!isListingRefused(page)) throw fromPlainError(page);
    // Where nothing is listed, the published index shows where objects lie; it cannot tell whether they have changed.
    const there = rootOf(await reader.index(), exportNames.contents);
    const { entries } = await road.inquiries.contents("bucket", there);
    await road.writer.call("saveContents", keys.contents, entries, Date.now());
    return { entries, reader: new RoadReader(road, there), isCached: false };
  }
  const listed = page.objects.find(({ name }) => name === reader.root() + exportNames.contents);
  const checksum = listed?.md5 ?? listed?.crc32c ?? null;
  if (kept !== null && checksum !== null && checksum === tag) return { entries: kept.entries, reader, isCached: true };
  const read = await road.inquiries.contents("bucket", listed === undefined ? null : reader.root());
  await road.writer.call("saveContents", keys.contents, read.entries, Date.now());
  await road.writer.call("saveMeta", keys.root, read.root ?? "");
  // What was listed before it was read: should it have been replaced in between, the next run reads it again.
  await road.writer.call("saveMeta", keys.tag, checksum ?? "");
  return { entries: read.entries, reader: new RoadReader(road, read.root), isCached: false };
}

/** What stands before the name of the contents. @throws SoferError `not-found` */
function rootOf(objects: readonly ListedObject[], contents: string): string {
  const object = objects.find(({ name }) => name === contents || name.endsWith(`/${contents}`));
  if (object !== undefined) return object.name.slice(0, -contents.length);
  throw new SoferError("not-found", `the bucket does not list, and its published index has no ${contents}`);
}
