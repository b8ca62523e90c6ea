import { unpaced, type Pacer } from "@sofer/core";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { httpStack } from "./stack.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const MOST = 100_000;
const LARGE = Buffer.alloc(100_000_000, " ");
const codings = { gzip: gzipSync, deflate: deflateSync, br: brotli, zstd: zstdCompressSync };

function brotli(body: Buffer): Buffer {
  return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
}

let sent = 0;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    sent++;
    const coding = new URL(request.url).pathname.slice(1) as keyof typeof codings;
    const headers = { "content-encoding": coding, "content-type": "application/json" };
    return new Response(new Uint8Array(codings[coding](LARGE)), { headers });
  },
});
afterAll(() => server.stop(true));

test.each(Object.keys(codings))(
  "a small body of %s that unpacks to a large one: not unpacked to its end, and no sign of a host in trouble",
  async (coding) => {
    sent = 0;
    const ends: string[] = [];
    const pacer: Pacer = { ...unpaced, ended: ({ end }) => void ends.push(end) };
    const retries = { maxRetries: 2, initialBackoffMs: 1, timeoutMs: 25_000 };
    const stack = httpStack({ ...retries, userAgent: "sofer-test", maxResponseBytes: MOST, pacer });
    const url = new URL(coding, server.url).href;
    const error = await stack({ url, canSplit: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "too-large", next: "split" });
    expect([sent, ends]).toEqual([1, ["answered"]]);
  },
);
