import { UNKNOWN_SIZE, unpaced, type ListedObject, type SoferError } from "@sofer/core";
import { afterAll, beforeEach, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { createBucketSource } from "./source-bucket.ts";
import { leafOf } from "./testing/leaf.ts";
import { crcOf, md5Of } from "./testing/storage.ts";

/** A storage service with a listing, an index and objects. */
const objects = new Map<string, { bytes: Uint8Array; updated: string }>();
let listing: (prefix: string, token: string | null) => Response = pageOf;
let index: unknown = {};
const asked: string[] = [];

function pageOf(prefix: string, token: string | null): Response {
  const names = [...objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  const from = Number(token ?? 0);
  const items = names.slice(from, from + 2).map((name) => {
    const { bytes, updated } = objects.get(name) ?? { bytes: new Uint8Array(), updated: "" };
    return {
      name,
      size: String(bytes.byteLength),
      md5Hash: md5Of(bytes),
      crc32c: crcOf(bytes),
      generation: "5",
      updated,
    };
  });
  const next = from + 2 < names.length ? { nextPageToken: String(from + 2) } : {};
  return Response.json({ ...(items.length > 0 ? { items } : {}), ...next });
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    asked.push(decodeURIComponent(pathname));
    if (pathname.startsWith("/storage/"))
      return listing(searchParams.get("prefix") ?? "", searchParams.get("pageToken"));
    // The publisher's index comes as plain text.
    if (pathname.endsWith("/books.json")) return new Response(JSON.stringify(index));
    const object = objects.get(decodeURIComponent(pathname.replace("/sefaria-export/", "")));
    if (object === undefined)
      return new Response("<Error/>", { status: 404, headers: { "content-type": "application/xml" } });
    const headers = { "last-modified": new Date(object.updated).toUTCString(), "x-goog-generation": "5" };
    return new Response(new Uint8Array(object.bytes), { headers });
  },
});
afterAll(() => server.stop(true));
beforeEach(() => {
  objects.clear();
  listing = pageOf;
  asked.length = 0;
});

const source = createBucketSource({
  bucketUrl: server.url.href,
  userAgent: "sofer-test (+nobody@example.org)",
  maxRetries: 1,
  initialBackoffMs: 0,
  timeoutMs: 5000,
  maxResponseBytes: 10_000_000,
  pacer: unpaced,
});

function put(name: string, content: unknown, updated = "2026-11-01T03:00:00.000Z"): ListedObject {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  objects.set(name, { bytes, updated });
  return { name, size: bytes.byteLength, md5: md5Of(bytes), crc32c: crcOf(bytes), generation: "5", updated };
}

function refusal(status: number): Response {
  return Response.json({ error: { code: status, message: "no storage.objects.list access" } }, { status });
}

const fails = (promise: Promise<unknown>) => promise.catch((error: SoferError) => error);
const CONTENTS = "table_of_contents.json";

test("the listing, page by page", async () => {
  const names = ["json/a", "json/b", "json/c"];
  const put3 = names.map((name) => put(name, name));
  put("links/links0.csv", "");
  const first = await source.list("json/", null);
  expect(first).toEqual({ objects: put3.slice(0, 2), nextPageToken: "2" });
  expect(await source.list("json/", first.nextPageToken)).toEqual({ objects: put3.slice(2), nextPageToken: null });
  expect(await source.list("nothing/", null)).toEqual({ objects: [], nextPageToken: null });
});

test("a composed object has no MD5; a page of another form, or none, is an error", async () => {
  listing = () => Response.json({ items: [{ name: "a", size: "1", crc32c: "AAAAAA==", generation: "1" }] });
  expect((await source.list("", null)).objects).toMatchObject([{ md5: null, crc32c: "AAAAAA==", updated: "" }]);
  listing = () => Response.json({ items: [{ name: "a", size: "one", generation: "1" }] });
  expect(await fails(source.list("", null))).toMatchObject({ code: "wire-shape" });
  listing = () => refusal(403);
  expect(await fails(source.list("", null))).toMatchObject({
    code: "refused",
    status: 403,
    message: "HTTP 403: no storage.objects.list access",
  });
  listing = () => refusal(404);
  expect(await fails(source.list("", null))).toMatchObject({ code: "not-found" });
  let pages = 0;
  listing = () => (++pages === 1 ? refusal(500) : Response.json({}));
  expect(await source.list("", null)).toEqual({ objects: [], nextPageToken: null });
});

test("the root is found out, also where listing is refused; the newer of two exports is the library", async () => {
  expect(await fails(source.root())).toMatchObject({ code: "not-found", hint: "check --bucket-url" });
  for (const answers of [pageOf, () => refusal(403)]) {
    objects.clear();
    listing = answers;
    put(`current/${CONTENTS}`, [], "2026-11-01T03:00:00.000Z");
    expect(await source.root()).toBe("current/");
    put(CONTENTS, [], "2024-11-01T03:00:00.000Z");
    expect(await source.root()).toBe("current/");
    put(CONTENTS, [], "2026-12-01T03:00:00.000Z");
    expect(await source.root()).toBe("");
  }
});

test("the index names what the bucket holds, without checksums", async () => {
  const base = "https://storage.googleapis.com/sefaria-export/";
  index = {
    special_files: [{ path: "links/links0.csv", url: `${base}links/links0.csv`, size: 33 }, { path: "x" }],
    books: [{ title: "A B", json_url: `${base}json/C/A B/Hebrew/ש.json` }, { title: "no json" }],
  };
  const unknown = { md5: null, crc32c: null, generation: "", updated: "" };
  expect(await source.index()).toEqual([
    { name: "links/links0.csv", size: 33, ...unknown },
    { name: "x", size: UNKNOWN_SIZE, ...unknown },
    { name: "json/C/A B/Hebrew/ש.json", size: UNKNOWN_SIZE, ...unknown },
  ]);
  expect(asked).toEqual(["/Sefaria/Sefaria-Export/master/books.json"]);
  index = [];
  expect(await fails(source.index())).toMatchObject({ code: "wire-shape" });
});

test("contents below the root", async () => {
  put(`current/${CONTENTS}`, [{ category: "C", contents: [{ title: "One", heTitle: "א" }] }]);
  expect(await source.contents("current/")).toMatchObject([{ title: "One", categories: ["C"] }]);
  expect(await fails(source.contents(""))).toMatchObject({ code: "not-found" });
});

test("a schema promises no counts, whatever it says; an empty one is no book", async () => {
  const schema = { nodeType: "JaggedArrayNode", depth: 2, title: "One", heTitle: "א", content_counts: [2, 0] };
  const stored = put("schemas/One.json", { title: "One", heTitle: "א", categories: ["C"], schema });
  expect(await source.outline(stored)).toMatchObject({ tree: { title: "One", isComplex: false }, shapes: {} });
  const empty = put("schemas/Two.json", Buffer.alloc(0));
  for (const object of [empty, { ...empty, size: UNKNOWN_SIZE, md5: null, crc32c: null }]) {
    expect(await fails(source.outline(object))).toMatchObject({
      code: "not-found",
      message: "schemas/Two.json is empty: the book has no schema",
    });
  }
  const packed = put("schemas/Three.json", gzipSync(JSON.stringify({ title: "One", categories: [], schema })));
  expect(await source.outline(packed)).toMatchObject({ tree: { title: "One" } });
  const cut = put("schemas/Four.json", gzipSync(JSON.stringify({ schema })).subarray(0, 30));
  asked.length = 0;
  expect(await fails(source.outline(cut))).toMatchObject({
    code: "checksum",
    message: expect.stringContaining("not whole"),
  });
  // Its checksum was right: it is damaged where it is stored.
  expect(asked).toHaveLength(1);
  expect(await fails(source.outline(put("schemas/Five.json", Buffer.from("<html>"))))).toMatchObject({
    code: "not-json",
  });
});

test("a version file, checked and traced to its generation", async () => {
  const leaf = leafOf({ title: "One", addressTypes: ["Integer"] });
  const file = { title: "One", language: "he", versionTitle: "A/B", license: "CC0", text: ["x", "", "y"] };
  for (const bytes of [Buffer.from(JSON.stringify(file)), gzipSync(JSON.stringify(file))]) {
    const object = put("current/json/C/One/Hebrew/AB.json", bytes);
    expect(await source.version(object, [leaf])).toMatchObject({
      meta: { versionTitle: "A/B" },
      leaves: { One: { text: ["x", "", "y"], raw: { count: 2 } } },
      bytes: JSON.stringify(file).length,
      sourceTag: "current/json/C/One/Hebrew/AB.json#5",
    });
  }
  const wrongSide = put("json/C/One/English/AB.json", file);
  expect(await fails(source.version(wrongSide, [leaf]))).toMatchObject({ code: "wrong-ref" });
  objects.delete(wrongSide.name);
  expect(await fails(source.version(wrongSide, [leaf]))).toMatchObject({ code: "replaced", next: "relist" });
});

const HEADER = "Citation 1,Citation 2,Conection Type,Text 1,Text 2,Category 1,Category 2";

test("links, stored plain or compressed; rows of a damaged file end in an error", async () => {
  const rows = Array.from({ length: 5000 }, (_, at) => `A 1:${at},"B, C ${at}",commentary,A,"B, C",D,E`);
  const csv = Buffer.from(`${[HEADER, ...rows, "ragged,row"].join("\r\n")}\r\n`);
  for (const bytes of [csv, gzipSync(csv)]) {
    const object = put("links/links0.csv", bytes);
    const batches = await Array.fromAsync(source.links(object, ([, b]) => b.endsWith("7")));
    expect(batches.at(-1)).toMatchObject({ read: 5001, invalid: 1, invalidRows: ["ragged,row"] });
    const kept = batches.flatMap((batch) => batch.rows);
    expect(kept).toHaveLength(500);
    expect(kept[0]).toEqual({ refs: ["A 1:7", "B, C 7"], type: "commentary" });
    const damaged = source.links({ ...object, md5: md5Of(Buffer.from("other")) }, () => true);
    expect(await fails(Array.fromAsync(damaged))).toMatchObject({ code: "checksum" });
  }
});

test("a listing that names what is not in it is refused: of another book it says nothing", async () => {
  listing = () => Response.json({ items: [{ name: "json/B/Hebrew/x.json", size: "1", generation: "1" }] });
  const error = await source.list("json/A/", null).catch((thrown: SoferError) => thrown);
  expect(error).toMatchObject({ code: "wire-shape", message: expect.stringContaining("json/B/Hebrew/x.json") });
  listing = () => Response.json({ items: [], nextPageToken: "" });
  expect((await source.list("json/A/", null)).nextPageToken).toBeNull();
});
