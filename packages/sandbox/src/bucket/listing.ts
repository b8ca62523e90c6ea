import { selectFields } from "./fields.ts";
import { BUCKET, compareNames, contentType } from "./names.ts";
import type { ObjectInfo } from "./object-info.ts";

/** The service gives no more in one page, whatever is asked. */
const MAX_RESULTS = 1000;

export interface ListingAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of the objects in the page. */
  readonly names: readonly string[];
}

/** One page of the JSON listing. @param found objects under the prefix, in the listing's order. */
export function listingPage(found: readonly ObjectInfo[], query: URLSearchParams): ListingAnswer {
  const asked = Number(query.get("maxResults") ?? MAX_RESULTS);
  if (!Number.isInteger(asked) || asked < 1) return refusal(400, "Invalid value for maxResults");
  const after = readToken(query.get("pageToken"));
  if (after === null) return refusal(400, "Invalid pageToken");
  const all = grouped(found, query.get("prefix") ?? "", query.get("delimiter") ?? "");
  const left = after === "" ? all : all.filter(({ name }) => compareNames(name, after) > 0);
  const page = left.slice(0, Math.min(asked, MAX_RESULTS));
  const items = page.flatMap(({ info }) => (info === null ? [] : [objectRecord(info)]));
  const prefixes = page.flatMap(({ name, info }) => (info === null ? [name] : []));
  const last = page.at(-1);
  const answer = {
    kind: "storage#objects",
    ...(last !== undefined && left.length > page.length ? { nextPageToken: token(last.name) } : {}),
    ...(prefixes.length > 0 ? { prefixes } : {}),
    ...(items.length > 0 ? { items } : {}),
  };
  const fields = query.get("fields");
  const names = page.flatMap(({ info }) => info?.name ?? []);
  if (fields === null) return { status: 200, body: answer, names };
  const chosen = selectFields(answer, fields);
  return chosen === null ? refusal(400, `Invalid field selection ${fields}`) : { status: 200, body: chosen, names };
}

/** An entry of a page: an object, or with a delimiter a folder. */
interface Entry {
  readonly name: string;
  readonly info: ObjectInfo | null;
}

function grouped(found: readonly ObjectInfo[], prefix: string, delimiter: string): readonly Entry[] {
  if (delimiter === "") return found.map((info) => ({ name: info.name, info }));
  const entries: Entry[] = [];
  const folders = new Set<string>();
  for (const info of found) {
    const end = info.name.indexOf(delimiter, prefix.length);
    const folder = end < 0 ? null : info.name.slice(0, end + delimiter.length);
    if (folder === null) entries.push({ name: info.name, info });
    else if (!folders.has(folder)) entries.push({ name: folder, info: null });
    if (folder !== null) folders.add(folder);
  }
  return entries;
}

/** An object as the JSON interface describes it: numbers of 64 bits are strings. */
export function objectRecord(info: ObjectInfo): Record<string, unknown> {
  const { name, generation, updated } = info;
  return {
    kind: "storage#object",
    id: `${BUCKET}/${name}/${generation}`,
    name,
    bucket: BUCKET,
    generation,
    metageneration: "1",
    contentType: contentType(name),
    ...(info.isGzip ? { contentEncoding: "gzip" } : {}),
    storageClass: "STANDARD",
    size: String(info.size),
    ...(info.md5 === null ? { componentCount: 2 } : { md5Hash: info.md5 }),
    crc32c: info.crc32c,
    timeCreated: updated,
    updated,
  };
}

/** An error of the JSON interface. */
export function refusal(code: number, message: string): ListingAnswer {
  const reason = code === 403 ? "forbidden" : code === 404 ? "notFound" : "invalid";
  const body = { error: { code, message, errors: [{ message, domain: "global", reason }] } };
  return { status: code, body, names: [] };
}

/** Names the last entry of the page before. */
function token(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function readToken(given: string | null): string | null {
  if (given === null) return "";
  const name = Buffer.from(given, "base64url").toString("utf8");
  return token(name) === given ? name : null;
}
