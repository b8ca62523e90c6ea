import {
  isListingRefused,
  mostFileBytes,
  SoferError,
  UNKNOWN_SIZE,
  type BucketSource,
  type LinkBatch,
  type ListedObject,
  type ObjectPage,
} from "@sofer/core";
import { decodeText, inflate, inflateParts } from "./bucket/decode.ts";
import { Downloads } from "./bucket/download.ts";
import { sideOf } from "./bucket/names.ts";
import type { Target } from "./bucket/transfer.ts";
import { BucketUrls, nameInUrl } from "./bucket/urls.ts";
import { httpStack, type HttpOptions } from "./http/stack.ts";
import { parseJson } from "./json.ts";
import { parseContents } from "./parse/contents.ts";
import { readLinksCsv } from "./parse/links-csv.ts";
import { parseOutline } from "./parse/outline.ts";
import { parseVersionFile } from "./parse/version-file.ts";
import { checkBooksIndex } from "./wire/books-index.ts";
import { checkListingPage } from "./wire/listing.ts";

export interface BucketSourceOptions extends HttpOptions {
  /** `https://storage.googleapis.com`, a mirror, or the sandbox; without the bucket's name. */
  readonly bucketUrl: string;
}

/** Folders the export has been in. */
const ROOTS = ["", "current/"] as const;
const CONTENTS = "table_of_contents.json";

/** More than the longest names make of one page. */
const LISTING_BYTES = 8_000_000;

interface Content {
  readonly body: string;
  /** null for an object of no bytes. */
  readonly json: unknown;
  /** Decoded. */
  readonly bytes: number;
}

/** The library through the publisher's export bucket. */
export function createBucketSource(options: BucketSourceOptions): BucketSource {
  // A listing cannot be asked for in smaller parts: a limit for answers that can is not for it.
  const maxResponseBytes = Math.max(options.maxResponseBytes, LISTING_BYTES);
  const get = httpStack({ ...options, maxResponseBytes, flag: "--bucket-url" });
  const mostHeldBytes = mostFileBytes(options.maxResponseBytes);
  const downloads = new Downloads(options, mostHeldBytes);
  const urls = new BucketUrls(options.bucketUrl);

  const readJson = (target: Target, signal: AbortSignal | undefined): Promise<Content> =>
    downloads.whole(
      target,
      (stored) => {
        const decoded = inflate(stored.bytes, target, mostHeldBytes);
        const bytes = decoded.byteLength;
        const body = decodeText(decoded, target);
        release(stored.bytes);
        release(decoded);
        return { body, json: body === "" ? null : parseJson(body, target.name, { url: target.url }), bytes };
      },
      signal,
    );

  const list = async (prefix: string, pageToken: string | null, signal?: AbortSignal): Promise<ObjectPage> => {
    const url = urls.list(prefix, pageToken);
    const answer = await get(signal === undefined ? { url, canSplit: false } : { url, canSplit: false, signal });
    const page = checkListingPage(answer.json, answer.url);
    const stranger = page.items?.find(({ name }) => !name.startsWith(prefix));
    if (stranger !== undefined) {
      // What it says of one book is not to touch another.
      throw new SoferError("wire-shape", `the listing of ${prefix} names ${stranger.name}, which is not in it`, {
        url: answer.url,
        hint: "the storage service is at fault: try again later, or check --bucket-url",
      });
    }
    return {
      objects: (page.items ?? []).map(({ name, size, md5Hash, crc32c, generation, updated }) => ({
        name,
        size: Number(size),
        md5: md5Hash ?? null,
        crc32c: crc32c ?? null,
        generation: String(generation),
        updated: updated ?? "",
      })),
      // An empty one would ask for the first page again.
      nextPageToken: page.nextPageToken === undefined || page.nextPageToken === "" ? null : page.nextPageToken,
    };
  };

  /** When an object was last written, or null when it is not there. Where listing is refused, by asking for it. */
  const updatedAt = async (name: string, signal: AbortSignal | undefined): Promise<string | null> => {
    try {
      const { objects } = await list(name, null, signal);
      return objects.find((object) => object.name === name)?.updated ?? null;
    } catch (error) {
      if (!(error instanceof SoferError && isListingRefused(error))) throw error;
      return downloads.modifiedAt(urls.current(name), signal);
    }
  };

  return {
    name: "bucket",

    async root(signal) {
      const found: { root: string; updated: string }[] = [];
      for (const root of ROOTS) {
        const updated = await updatedAt(root + CONTENTS, signal);
        if (updated !== null) found.push({ root, updated });
      }
      // Where an old export was left lying, the newer one is the library.
      const newest = found.toSorted((a, b) => compare(b.updated, a.updated))[0];
      if (newest !== undefined) return newest.root;
      throw new SoferError("not-found", `there is no ${CONTENTS} in the bucket`, {
        url: urls.current(CONTENTS).url,
        hint: "check --bucket-url",
      });
    },

    list,

    async index(signal) {
      const target = urls.index();
      const wire = checkBooksIndex((await readJson(target, signal)).json, target.url);
      const objects: ListedObject[] = (wire.special_files ?? []).map(({ path, url, size }) =>
        named((url === undefined ? null : nameInUrl(url)) ?? path, size),
      );
      for (const { json_url: url } of wire.books) {
        const name = typeof url === "string" ? nameInUrl(url) : null;
        if (name !== null) objects.push(named(name));
      }
      return objects;
    },

    async contents(root, signal) {
      return parseContents((await readJson(urls.current(root + CONTENTS), signal)).json);
    },

    async outline(object, signal) {
      const target = urls.object(object);
      const { json, body } = await readJson(target, signal);
      if (body !== "") return { ...parseOutline(json, target.url), shapes: {} };
      throw new SoferError("not-found", `${object.name} is empty: the book has no schema`, {
        url: target.url,
        hint: "the export leaves a schema empty when it cannot write it",
      });
    },

    async version(object, leaves, signal) {
      const target = urls.object(object);
      const content = await readJson(target, signal);
      const { name, generation } = object;
      const file = parseVersionFile(content, leaves, { name, url: target.url, language: sideOf(name) });
      return { ...file, bytes: content.bytes, sourceTag: generation === "" ? name : `${name}#${generation}` };
    },

    links(object, keep, signal): AsyncIterable<LinkBatch> {
      const target = urls.object(object);
      return readLinksCsv(inflateParts(downloads.stream(target, signal), target), { name: object.name, keep });
    },
  };
}

/** Smaller ones may share a buffer with others, and are soon collected. */
const LARGE_BYTES = 1024 * 1024;

/** Gives the memory of large bytes back now: the text that was made of them and its JSON will take as much again, each. */
function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}

/** An object of the published index. */
function named(name: string, size = UNKNOWN_SIZE): ListedObject {
  return { name, size, md5: null, crc32c: null, generation: "", updated: "" };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
