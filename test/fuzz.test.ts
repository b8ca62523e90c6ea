import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { unpaced, type BookOutline, type ListedObject } from "@sofer/core";
import { fuzzing, typedOnlyAsync } from "@sofer/core/testing";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { createBucketSource, createServiceSource } from "@sofer/sefaria";
import * as fc from "fast-check";

/**
 * Right answers of both routes, changed somewhere on their way: what asks for them gets an answer or an error with a type,
 * and neither waits for ever nor breaks. A seed is printed by whatever fails.
 */
setDefaultTimeout(900_000);

const BOOKS = ["Scroll of Lamps", "Answers of Eliav", "Table of Order", "Neharot", "Torn Pages"];

let sandbox: Sandbox;
/** What is answered next, in place of the right answer; null: the right one. */
let change: ((right: Buffer) => { body: Buffer; headers?: Record<string, string>; status?: number }) | null = null;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const right = await fetch(sandbox.url + pathname + search, { decompress: false });
    const body = Buffer.from(await right.arrayBuffer());
    if (change === null) return new Response(body, { status: right.status, headers: right.headers });
    const { headers, status, ...changed } = change(body);
    const type = right.headers.get("content-type") ?? "application/json";
    return new Response(new Uint8Array(changed.body), {
      status: status ?? right.status,
      headers: { "content-type": type, ...headers },
    });
  },
});

const url = `http://127.0.0.1:${server.port}`;
const options = {
  userAgent: "sofer-test",
  maxRetries: 0,
  initialBackoffMs: 1,
  timeoutMs: 20_000,
  maxResponseBytes: 4_000_000,
  pacer: unpaced,
};
const service = createServiceSource({ ...options, baseUrl: url });
const bucket = createBucketSource({ ...options, bucketUrl: url });
const outlines = new Map<string, BookOutline>();
let schemas: ListedObject[] = [];
let files: ListedObject[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
  for (const title of BOOKS) outlines.set(title, await service.outline(title));
  const unpinned = (object: ListedObject) => ({ ...object, size: -1, md5: null, crc32c: null, generation: "" });
  schemas = (await bucket.list("schemas/", null)).objects.map(unpinned);
  files = (await bucket.list("json/", null)).objects
    .filter(({ name }) => BOOKS.some((title) => name.includes(`/${title}/`)))
    .map(unpinned);
});
afterAll(async () => {
  await server.stop(true);
  await sandbox.stop();
});

const VALUES = [null, 0, -1, 1e308, "", "x", "__proto__", [], {}, [[]], true, "99999999999999999999", "Book", "\u0000"];

/** Some values of a JSON answer are others, are gone, or stand twice. */
function changedJson(text: string, seeds: readonly number[]): string {
  // The export has objects of no bytes.
  if (text === "") return text;
  const root: unknown = JSON.parse(text);
  for (const seed of seeds) {
    let here = root;
    for (let level = 0, way = seed; level < 8 && typeof here === "object" && here !== null; level++) {
      const keys = Object.keys(here);
      if (keys.length === 0) break;
      const key = keys[way % keys.length] ?? "";
      const next: unknown = Reflect.get(here, key);
      way = Math.floor(way / 7) + level;
      if (typeof next === "object" && next !== null && way % 5 !== 0) {
        here = next;
        continue;
      }
      const kind = way % 3;
      if (kind === 0) Reflect.deleteProperty(here, key);
      // A value of its own each time: a later seed changes it, too.
      else Reflect.set(here, key, kind === 1 ? structuredClone(VALUES[seed % VALUES.length]) : [next, next]);
      break;
    }
  }
  return JSON.stringify(root) ?? "null";
}

const byte = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
const seeds = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 3 });
const mutation = fc.oneof(
  { weight: 6, arbitrary: seeds.map((list) => (right: Buffer) => ({ body: mutated(right, list) })) },
  fc.array(byte, { minLength: 1, maxLength: 4 }).map((list) => (right: Buffer) => ({ body: flipped(right, list) })),
  fc.nat().map((at) => (right: Buffer) => ({ body: right.subarray(0, at % (right.byteLength + 1)) })),
  fc
    .constantFrom("gzip", "br", "zstd", "nonsense")
    .map((coding) => (right: Buffer) => ({ body: right, headers: { "content-encoding": coding } })),
  fc
    .integer({ min: 200, max: 599 })
    .filter((status) => ![204, 205, 304].includes(status))
    .map((status) => (right: Buffer) => ({ body: right, status })),
);

function mutated(right: Buffer, list: readonly number[]): Buffer {
  const plain = right[0] === 0x1f && right[1] === 0x8b ? Buffer.from(Bun.gunzipSync(new Uint8Array(right))) : right;
  return Buffer.from(changedJson(plain.toString(), list));
}

function flipped(right: Buffer, list: readonly { at: number; by: number }[]): Buffer {
  const body = Buffer.from(right);
  for (const { at, by } of list)
    if (body.byteLength > 0) body[at % body.byteLength] = (body[at % body.byteLength] ?? 0) ^ by;
  return body;
}

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error("nothing to ask for");
  return found;
};

type Ask = (index: number) => Promise<unknown>;
const leavesOf = (title: string) => outlines.get(title)?.tree.leaves ?? [];

const asks: readonly (readonly [string, Ask])[] = [
  ["contents by the service", () => service.contents()],
  ["a book's record", (index) => service.outline(at(BOOKS, index))],
  ["a list of versions", (index) => service.versions(at(BOOKS, index))],
  [
    "a text",
    (index) => {
      const bookTitle = at(BOOKS, index);
      return service.text({
        bookTitle,
        leaf: at(leavesOf(bookTitle), index),
        range: null,
        versions: "all",
        promised: true,
      });
    },
  ],
  ["contents of the export", () => bucket.contents("")],
  ["a page of the listing", () => bucket.list("json/", null)],
  ["the published index", () => bucket.index()],
  ["a schema", (index) => bucket.outline(at(schemas, index))],
  [
    "a version file",
    (index) => {
      const object = at(files, index);
      return bucket.version(object, leavesOf(BOOKS.find((title) => object.name.includes(`/${title}/`)) ?? ""));
    },
  ],
];

test.each(asks)("%s", async (_what, ask) => {
  change = null;
  await fc.assert(
    fc.asyncProperty(mutation, fc.nat(1_000), async (made, index) => {
      change = made;
      await typedOnlyAsync(() => ask(index));
    }),
    fuzzing(40),
  );
  // The right answer is still one: what failed was the change.
  change = null;
  expect(await ask(1)).toBeDefined();
});
