import { SoferError, UNKNOWN_SIZE, type ListedObject } from "@sofer/core";
import type { Target } from "./transfer.ts";

export const DEFAULT_BUCKET_URL = "https://storage.googleapis.com";
const BUCKET = "sefaria-export";
const INDEX_PATH = "Sefaria/Sefaria-Export/master/books.json";
/** Where the publisher keeps the index of the default bucket. */
const INDEX_HOST = "https://raw.githubusercontent.com";

export const PAGE_SIZE = 1000;
const FIELDS = "items(name,size,md5Hash,crc32c,generation,updated),nextPageToken";

/** The storage service's addresses. */
export class BucketUrls {
  readonly #base: string;

  /** @param bucketUrl address of the storage service, or of a stand-in, without the bucket's name. */
  constructor(bucketUrl: string) {
    this.#base = bucketUrl.replace(/\/+$/, "");
  }

  list(prefix: string, pageToken: string | null): string {
    const query = [`prefix=${encodeURIComponent(prefix)}`, `maxResults=${PAGE_SIZE}`, `fields=${FIELDS}`];
    if (pageToken !== null) query.push(`pageToken=${encodeURIComponent(pageToken)}`);
    return `${this.#base}/storage/v1/b/${BUCKET}/o?${query.join("&")}`;
  }

  /** An object that was listed, pinned to what was listed; one of the published index as it is now. */
  object(object: ListedObject): Target {
    const { name, md5, crc32c, generation } = object;
    const pin = generation === "" ? "" : `?generation=${encodeURIComponent(generation)}`;
    // The index is written once a month and its sizes grow old; the answer's own checksum is what then counts.
    const size = generation === "" ? UNKNOWN_SIZE : object.size;
    return { url: `${this.#objectUrl(name)}${pin}`, name, size, md5, crc32c, generation, isListed: true };
  }

  /** An object as it is now. */
  current(name: string): Target {
    return unpinned(this.#objectUrl(name), name);
  }

  /** The published index of all files, which stands outside the bucket. */
  index(): Target {
    const host = this.#base === DEFAULT_BUCKET_URL ? INDEX_HOST : this.#base;
    return unpinned(`${host}/${INDEX_PATH}`, "books.json");
  }

  #objectUrl(name: string): string {
    return `${this.#base}/${BUCKET}/${name.split("/").map(segment).join("/")}`;
  }
}

/**
 * Name of the object that a URL of the published index stands for; null for another place's. The index writes names as
 * they are, so that a `?` in a title is no query; an index that escaped them would have neither spaces nor Hebrew.
 */
export function nameInUrl(url: string): string | null {
  const start = `/${BUCKET}/`;
  const at = url.indexOf(start);
  if (at < 0) return null;
  const name = url.slice(at + start.length);
  if (!/^[\x21-\x7e]*$/.test(name)) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    // A `%` that begins no escape: this name was not escaped.
    return name;
  }
}

/** Everything else is escaped; these two would lead to another place of the host. @throws SoferError `wire-shape` */
function segment(part: string): string {
  if (part !== "." && part !== "..") return encodeURIComponent(part);
  throw new SoferError("wire-shape", `an object's name with "${part}" in it leads to another place`, {
    hint: "the export is wrong at the publisher: try again in a day",
  });
}

function unpinned(url: string, name: string): Target {
  return { url, name, size: UNKNOWN_SIZE, md5: null, crc32c: null, generation: "", isListed: false };
}
