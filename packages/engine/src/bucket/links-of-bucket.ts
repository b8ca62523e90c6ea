import { isListingRefused, SoferError, type BucketSource, type ListedObject, type Settings } from "@sofer/core";
import { PaceBook, type LinkAccount } from "@sofer/store/run";
import { checkBudget } from "../budget.ts";
import { endless, MAX_PAGES } from "./listing.ts";
import { loadLinkFiles, type LinkFile, type LoadLinksOptions } from "../links.ts";
import { LocalPacer } from "../pace/local-pacer.ts";
import type { MakeCoordinatorSources } from "../run-options.ts";
import { paceFileOf } from "../run-settings.ts";

export interface BucketLinksOptions extends LoadLinksOptions {
  readonly settings: Settings;
  readonly makeSources: MakeCoordinatorSources;
}

const FOLDER = "links/";
/** `links_by_book.csv`, beside them, holds no links. */
const LINKS_FILE = /^links(\d+)\.csv$/;
/** How often the files are listed again because one was replaced while it was read, or came damaged. */
const MAX_RELISTS = 3;
/** A damaged file may look like no table before its end is reached and its checksum known. */
const READ_AGAIN: ReadonlySet<string> = new Set(["replaced", "checksum", "wire-shape"]);

/**
 * The export's own files of links into a library that is at rest; those of which the library holds these bytes for
 * these books already are not downloaded.
 * @throws SoferError `over-budget` above --max-bytes or --max-requests; as the source does; as loadLinkFiles does
 */
export async function loadBucketLinks(options: BucketLinksOptions): Promise<LinkAccount> {
  const { settings, signal } = options;
  const paceBook = new PaceBook(paceFileOf(settings));
  const pacer = new LocalPacer(settings, "bucket", paceBook);
  try {
    const { bucket } = await options.makeSources(pacer, () => undefined);
    for (let relists = 0; ; relists++) {
      const objects = await listedLinks(bucket, signal);
      const bytes = objects.reduce((sum, { size }) => sum + Math.max(0, size), 0);
      checkBudget(settings, { requests: objects.length, bytes });
      try {
        const files = objects.map((object) => linkFile(bucket, object, signal));
        return await loadLinkFiles(files, options);
      } catch (error) {
        // What was loaded before is current, and is not downloaded again.
        if (!(error instanceof SoferError) || !READ_AGAIN.has(error.code) || relists >= MAX_RELISTS) throw error;
      }
    }
  } finally {
    pacer.end();
    paceBook.close();
  }
}

/** By number. @throws SoferError `not-found` */
async function listedLinks(bucket: BucketSource, signal: AbortSignal): Promise<ListedObject[]> {
  const folder = (await bucket.root(signal)) + FOLDER;
  const numberOf = ({ name }: ListedObject) =>
    name.startsWith(folder) ? Number(LINKS_FILE.exec(name.slice(folder.length))?.[1] ?? Number.NaN) : Number.NaN;
  const files = (await listed(bucket, folder, signal)).filter((object) => !Number.isNaN(numberOf(object)));
  if (files.length > 0) return files.toSorted((a, b) => numberOf(a) - numberOf(b));
  throw new SoferError("not-found", `the bucket has no files of links in ${folder}`, {
    hint: "the export may be being rewritten: try again later",
  });
}

/** A folder's objects; all of the published index where listing is refused. */
async function listed(bucket: BucketSource, folder: string, signal: AbortSignal): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = [];
  const seen = new Set<string>();
  let token: string | null = null;
  try {
    do {
      const page = await bucket.list(folder, token, signal);
      for (const object of page.objects) objects.push(object);
      token = page.nextPageToken;
      if (token === null) return objects;
      if (seen.has(token) || seen.size >= MAX_PAGES) throw endless(folder);
      seen.add(token);
    } while (!signal.aborted);
    throw signal.reason;
  } catch (error) {
    if (!(error instanceof SoferError && isListingRefused(error))) throw error;
    return bucket.index(signal);
  }
}

/** Under its own name without folders, as a saved one has it. */
function linkFile(bucket: BucketSource, object: ListedObject, signal: AbortSignal): LinkFile {
  return {
    name: object.name.slice(object.name.lastIndexOf("/") + 1),
    checksum: object.md5 ?? object.crc32c,
    read: (keep) => bucket.links(object, keep, signal),
  };
}
