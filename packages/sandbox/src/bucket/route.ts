import { booksJson } from "./books-json.ts";
import type { ObjectKind } from "./book-files.ts";
import { listingPage, objectRecord, refusal } from "./listing.ts";
import { BUCKET } from "./names.ts";
import type { ObjectShelf } from "./object-info.ts";
import { objectAnswer, xmlError, type ObjectAnswer } from "./objects.ts";

const LISTING = `/storage/v1/b/${BUCKET}/o`;
const OBJECTS = `/${BUCKET}/`;
const INDEX = "/Sefaria/Sefaria-Export/master/books.json";

/** A request that is the bucket's. */
export type BucketRequest = { readonly kind: "listing" } | { readonly kind: "index" } | ObjectRequest;

export interface ObjectRequest {
  readonly kind: "object";
  /** null: what was asked is no name. */
  readonly name: string | null;
  /** Bytes, or the record that describes them. */
  readonly form: "media" | "record";
}

/** What of the bucket a path asks for; null: it is the service's. */
export function bucketRequest(url: URL): BucketRequest | null {
  const { pathname } = url;
  if (pathname === LISTING || pathname === `${LISTING}/`) return { kind: "listing" };
  if (pathname === INDEX) return { kind: "index" };
  if (pathname.startsWith(OBJECTS))
    return { kind: "object", name: decode(pathname.slice(OBJECTS.length)), form: "media" };
  if (!pathname.startsWith(`${LISTING}/`)) return null;
  const form = url.searchParams.get("alt") === "media" ? "media" : "record";
  return { kind: "object", name: decode(pathname.slice(LISTING.length + 1)), form };
}

export interface BucketAnswer extends ObjectAnswer {
  /** Kind of the object that was asked for and is there. */
  readonly objectKind: ObjectKind | null;
  /** What a page lists. */
  readonly names: readonly string[];
}

export async function bucketAnswer(asked: BucketRequest, bucket: ObjectShelf, request: Request): Promise<BucketAnswer> {
  const url = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...xmlError(405, "MethodNotAllowed", "Only reading is allowed."), objectKind: null, names: [] };
  }
  if (asked.kind === "listing") {
    const found = await bucket.list(url.searchParams.get("prefix") ?? "");
    const { status, body, names } = listingPage(found, url.searchParams);
    return { ...json(body, status), objectKind: null, names };
  }
  if (asked.kind === "index") {
    const all = await bucket.list("");
    return { ...json(booksJson(all, bucket.root, url.origin)), objectKind: "index", names: [] };
  }
  const stored = asked.name === null ? null : bucket.get(asked.name);
  const what = { objectKind: stored?.info.kind ?? null, names: [] };
  if (asked.form === "media") return { ...objectAnswer(stored, url.searchParams, request.headers), ...what };
  if (stored !== null) return { ...json(objectRecord(stored.info)), ...what };
  const { status, body } = refusal(404, `No such object: ${BUCKET}/${asked.name ?? ""}`);
  return { ...json(body, status), ...what };
}

function json(value: unknown, status = 200): ObjectAnswer {
  const headers = new Headers({ "content-type": "application/json; charset=UTF-8" });
  return { status, headers, body: Buffer.from(JSON.stringify(value)) };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
