import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { FaultRule } from "../faults/rule.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import { download, listAll, objectUrl } from "../testing/bucket-client.ts";
import { smallLibrary } from "../testing/small-library.ts";

const NAME = "json/Tanakh/Torah/Genesis/Hebrew/First Hebrew.json";
const running: Sandbox[] = [];

async function start(gzip: "all" | "none", ...faults: readonly FaultRule[]): Promise<Sandbox> {
  const sandbox = await startSandbox({ library: smallLibrary, faults, bucket: { gzip } });
  running.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.stop()));
});

async function listed(sandbox: Sandbox) {
  return (await listAll(sandbox, NAME))[0] ?? expect.unreachable();
}

test.each([1, 60, 300])("a body is cut at byte %d; the rest comes by a range", async (atByte) => {
  const sandbox = await start("none", { kind: "cut", endpoint: "objects", atByte, times: 1 });
  const { md5Hash, size } = await listed(sandbox);
  const got: Uint8Array[] = [];
  const read = async () => {
    const response = await fetch(objectUrl(sandbox, NAME), { decompress: false });
    for await (const part of response.body ?? []) got.push(part);
  };
  const failure = await read().then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  const first = Buffer.concat(got);
  // What the machine had not taken yet when the connection broke is lost: on a busy one less may come.
  expect(first.byteLength).toBeLessThanOrEqual(atByte);
  const rest = await download(sandbox, NAME, { range: `bytes=${first.byteLength}-` });
  const whole = Buffer.concat([first, rest.bytes]);
  expect([rest.status, whole.byteLength]).toEqual([206, Number(size)]);
  expect(createHash("md5").update(whole).digest("base64")).toBe(md5Hash ?? "");
});

test("a body cut at byte 0 breaks off before the answer", async () => {
  const sandbox = await start("none", { kind: "cut", endpoint: "objects", atByte: 0, times: 1 });
  // On a kept connection the runtime would send the request again by itself.
  const failure = await fetch(objectUrl(sandbox, NAME), { keepalive: false }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  expect(sandbox.stats()).toMatchObject({ faults: 1, total: 1 });
});

test("one byte is another, and the sum tells", async () => {
  const sandbox = await start("none", { kind: "flip", match: "First Hebrew", endpoint: "objects", times: 1 });
  const { md5Hash = "", size } = await listed(sandbox);
  const md5 = async () => {
    const { bytes } = await download(sandbox, NAME);
    expect(bytes.byteLength).toBe(Number(size));
    return createHash("md5").update(bytes).digest("base64");
  };
  expect(await md5()).not.toBe(md5Hash);
  expect(await md5()).toBe(md5Hash);
});

test("a gzip ends early in an answer that looks whole", async () => {
  const sandbox = await start("all", { kind: "truncate", endpoint: "objects", times: 1 });
  const { size } = await listed(sandbox);
  const { status, headers, bytes } = await download(sandbox, NAME);
  expect(status).toBe(200);
  expect(headers.get("content-length")).toBe(String(bytes.byteLength));
  expect(bytes.byteLength).toBe(Math.floor(Number(size) / 2));
  expect(() => Bun.gunzipSync(new Uint8Array(bytes))).toThrow();
});

test("the listing is refused or fails as the storage service does it", async () => {
  const listing = { kind: "status", endpoint: "listing", times: 1 } as const;
  const sandbox = await start("none", { ...listing, status: 403 }, { ...listing, status: 503, retryAfter: 3 });
  const ask = () => fetch(`${sandbox.url}/storage/v1/b/sefaria-export/o?prefix=json`);
  const refused = await ask();
  expect([refused.status, await refused.json()]).toEqual([
    403,
    expect.objectContaining({ error: expect.objectContaining({ code: 403 }) }),
  ]);
  const failed = await ask();
  expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "3"]);
  expect((await ask()).status).toBe(200);
});

test("an object is missing once, then an HTML page, then there", async () => {
  const rule = { endpoint: "objects", match: NAME, times: 1 } as const;
  const sandbox = await start("none", { ...rule, kind: "status", status: 404 }, { ...rule, kind: "html" });
  expect((await download(sandbox, NAME)).status).toBe(404);
  const page = await download(sandbox, NAME);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect((await download(sandbox, NAME)).headers.get("content-type")).toBe("application/json");
});

test("an object is replaced between listing and download", async () => {
  const sandbox = await start("none", { kind: "replaced", endpoint: "objects", match: NAME, times: 1 });
  const { generation } = await listed(sandbox);
  expect((await download(sandbox, NAME, {}, `?generation=${generation}`)).status).toBe(404);
  const later = (await listed(sandbox)).generation;
  expect(Number(later)).toBeGreaterThan(Number(generation));
  expect((await download(sandbox, NAME, { "x-goog-if-generation-match": later })).status).toBe(200);
});
