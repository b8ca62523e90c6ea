import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { demoLibrary } from "../generate/library.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import { download, listAll, objectUrl, type Item } from "../testing/bucket-client.ts";
import { crc32c } from "./crc32c.ts";

let sandbox: Sandbox;
let items: readonly Item[];
let plain: Item;
let packed: Item;

beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary(), bucket: { keepBytes: 50_000 } });
  items = await listAll(sandbox);
  const texts = items.filter(({ name, md5Hash }) => name.startsWith("json/") && md5Hash !== undefined);
  const encodings = await Promise.all(
    texts.map(async ({ name }) => (await download(sandbox, name)).headers.get("content-encoding")),
  );
  const at = (encoding: string | null) => texts[encodings.indexOf(encoding)] ?? expect.unreachable();
  [plain, packed] = [at(null), at("gzip")];
});

afterAll(() => sandbox.stop());

describe("a download", () => {
  test("is of the size and the sums that the listing says, kept in memory or made again", async () => {
    for (const { name, size, md5Hash, crc32c: sum, generation } of items) {
      const { status, headers, bytes } = await download(sandbox, name);
      expect([name, status, bytes.byteLength]).toEqual([name, 200, Number(size)]);
      expect(crc32c(bytes)).toBe(sum);
      if (md5Hash !== undefined) expect(createHash("md5").update(bytes).digest("base64")).toBe(md5Hash);
      expect(headers.get("x-goog-generation")).toBe(generation);
      const sums = [`crc32c=${sum}`, ...(md5Hash === undefined ? [] : [`md5=${md5Hash}`])];
      expect(headers.get("x-goog-hash")).toBe(sums.join(", "));
    }
  });

  test("some objects are stored compressed and some have no MD5, not all", () => {
    expect(items.some(({ md5Hash }) => md5Hash === undefined)).toBe(true);
    expect(items.filter(({ md5Hash }) => md5Hash !== undefined).length).toBeGreaterThan(items.length / 2);
    expect(plain.name).not.toBe(packed.name);
  });

  test("has the same content by its other address, and a record there", async () => {
    const { bytes } = await download(sandbox, plain.name);
    const address = `${sandbox.url}/storage/v1/b/sefaria-export/o/${encodeURIComponent(plain.name)}`;
    const media = await fetch(`${address}?alt=media`);
    expect(Buffer.from(await media.arrayBuffer()).equals(bytes)).toBe(true);
    const { name, size, generation } = plain;
    expect(await (await fetch(address)).json()).toMatchObject({ name, size, generation });
  });

  test("HEAD says what GET would, without it", async () => {
    const head = await fetch(objectUrl(sandbox, plain.name), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, plain.size]);
    expect(await head.text()).toBe("");
  });

  test("is not there under a wrong name or an older generation", async () => {
    const missing = await download(sandbox, "json/Tanakh/Nothing.json");
    expect([missing.status, missing.bytes.toString().includes("NoSuchKey")]).toEqual([404, true]);
    expect((await download(sandbox, plain.name, {}, "?generation=17")).status).toBe(404);
    expect((await download(sandbox, plain.name, {}, `?generation=${plain.generation}`)).status).toBe(200);
    expect((await fetch(`${sandbox.url}/sefaria-export/%E0%A4%A`)).status).toBe(404);
  });
});

describe("conditions", () => {
  test("a known tag is answered with 304", async () => {
    const tag = (await download(sandbox, plain.name)).headers.get("etag") ?? "";
    const again = await download(sandbox, plain.name, { "if-none-match": tag });
    expect([again.status, again.bytes.byteLength]).toEqual([304, 0]);
    expect((await download(sandbox, plain.name, { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("another generation or tag than the one that must match is answered with 412", async () => {
    for (const headers of [{ "x-goog-if-generation-match": "17" }, { "if-match": '"other"' }]) {
      expect((await download(sandbox, plain.name, headers)).status).toBe(412);
    }
    expect((await download(sandbox, plain.name, {}, "?ifGenerationMatch=17")).status).toBe(412);
    const headers = { "x-goog-if-generation-match": plain.generation };
    expect((await download(sandbox, plain.name, headers)).status).toBe(200);
  });
});

describe("ranges", () => {
  test.each([
    ["bytes=0-9", 0, 10],
    ["bytes=100-", 100, undefined],
    ["bytes=-25", -25, undefined],
    ["bytes=10-99999999", 10, undefined],
  ])("%s, of the bytes as stored, compressed or not", async (range, from, to) => {
    for (const { name, size } of [plain, packed]) {
      const whole = (await download(sandbox, name)).bytes;
      const part = await download(sandbox, name, { range });
      expect(part.status).toBe(206);
      expect(part.bytes.equals(whole.subarray(from, to))).toBe(true);
      const start = from < 0 ? Number(size) + from : from;
      expect(part.headers.get("content-range")).toBe(`bytes ${start}-${start + part.bytes.byteLength - 1}/${size}`);
    }
  });

  test("behind the end is 416; two parts, another unit or an older tag bring the whole", async () => {
    const behind = await download(sandbox, plain.name, { range: `bytes=${plain.size}-` });
    expect([behind.status, behind.headers.get("content-range")]).toEqual([416, `bytes */${plain.size}`]);
    for (const range of ["bytes=0-1,4-5", "lines=1-2"]) {
      expect((await download(sandbox, plain.name, { range })).status).toBe(200);
    }
    const older = { range: "bytes=5-", "if-range": '"older"' };
    expect((await download(sandbox, plain.name, older)).status).toBe(200);
  });

  test("who does not accept gzip gets the unpacked content, whole", async () => {
    const whole = Buffer.from(Bun.gunzipSync(new Uint8Array((await download(sandbox, packed.name)).bytes)));
    const unpacked = await download(sandbox, packed.name, { "accept-encoding": "identity", range: "bytes=5-" });
    expect([unpacked.status, unpacked.headers.get("content-encoding")]).toEqual([200, null]);
    expect(unpacked.bytes.equals(whole)).toBe(true);
    expect(unpacked.headers.get("x-goog-stored-content-encoding")).toBe("gzip");
  });
});

test("objects, parts and pages are counted apart", async () => {
  await using counted = await startCounted();
  const { sandbox: other } = counted;
  await listAll(other);
  const name = "json/Tanakh/Torah/Scroll of Gates/Hebrew/merged.json";
  await download(other, name, { range: "bytes=0-4" });
  await download(other, "schemas/Scroll_of_Gates.json");
  await download(other, "schemas/Nothing.json");
  const stats = other.stats();
  expect(stats.requests).toMatchObject({ listing: 1, objects: 3, texts: 0 });
  expect(stats.objects).toMatchObject({ merged: 1, schema: 1, version: 0 });
  expect(stats.ranges).toBe(1);
  expect(other.requests().map(({ object }) => object)).toEqual([
    undefined,
    name,
    "schemas/Scroll_of_Gates.json",
    "schemas/Nothing.json",
  ]);
});

async function startCounted() {
  const started = await startSandbox({ library: demoLibrary(), logRequests: true });
  return { sandbox: started, [Symbol.asyncDispose]: () => started.stop() };
}
