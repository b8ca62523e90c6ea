import { SoferError, UNKNOWN_SIZE, unpaced, type Pacer } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { SentRequest } from "../http/exchange.ts";
import type { HttpOptions } from "../http/stack.ts";
import { crcOf, md5Of, Storage, type Fault } from "../testing/storage.ts";
import { Downloads, type WholeObject } from "./download.ts";
import type { Target } from "./transfer.ts";

const storage = new Storage();
afterAll(() => storage.stop());
beforeEach(() => {
  storage.faults = [];
  storage.without = [];
  storage.asked.length = 0;
});

const sent: SentRequest[] = [];
const OPTIONS: HttpOptions = {
  userAgent: "sofer-test (+nobody@example.org)",
  maxRetries: 3,
  initialBackoffMs: 0,
  timeoutMs: 5000,
  maxResponseBytes: 1_000_000,
  pacer: unpaced,
  onRequest: (request) => void sent.push(request),
};
const downloads = new Downloads(OPTIONS);
const TEXT = Array.from({ length: 500 }, (_, at) => `${at} אבג\n`).join("");
const BYTES = Buffer.from(TEXT);

function target(changes: Partial<Target> = {}): Target {
  storage.put("object", BYTES, "7");
  return {
    url: `${storage.url}/sefaria-export/object?generation=7`,
    name: "object",
    size: BYTES.byteLength,
    md5: md5Of(BYTES),
    crc32c: crcOf(BYTES),
    generation: "7",
    isListed: true,
    ...changes,
  };
}

/** Known by name only, as from the published index. */
function unpinned(): Target {
  const url = `${storage.url}/sefaria-export/object`;
  return target({ url, size: UNKNOWN_SIZE, md5: null, crc32c: null, generation: "" });
}

async function whole(
  asked: Target,
  faults: (Fault | null)[] = [],
  from = downloads,
): Promise<WholeObject | SoferError> {
  storage.faults = faults;
  return from.whole(asked, (stored) => stored).catch((error: SoferError) => error);
}

/** What came, as text: shorter to read when it is wrong. */
async function streamed(asked: Target, faults: (Fault | null)[] = []): Promise<string | SoferError> {
  storage.faults = faults;
  const parts: Uint8Array[] = [];
  try {
    for await (const part of downloads.stream(asked)) parts.push(part);
  } catch (error) {
    return error as SoferError;
  }
  return Buffer.concat(parts).toString();
}

const ranges = () => storage.asked.map(({ headers }) => headers.get("range") ?? null);

describe("an object comes whole", () => {
  test("as stored, pinned, with its checksum", async () => {
    sent.length = 0;
    expect(await whole(target())).toEqual({ bytes: new Uint8Array(BYTES), isVerified: true });
    expect(storage.asked).toMatchObject([{ path: "/sefaria-export/object?generation=7" }]);
    expect(storage.asked[0]?.headers.get("accept-encoding")).toBe("gzip");
    expect(sent).toMatchObject([{ status: 200, bytes: BYTES.byteLength }]);
  });

  test("without bytes nothing is asked for", async () => {
    const empty = Buffer.alloc(0);
    expect(await whole(target({ size: 0, md5: md5Of(empty) }))).toMatchObject({ isVerified: true });
    expect(storage.asked).toEqual([]);
  });

  test("cut at any byte, any number of times, by either way of reading", async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: BYTES.byteLength - 1 }), { minLength: 1, maxLength: 3 });
    const plans = fc.tuple(cuts, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(plans, async ([lengths, ignores, isPinned, isStreamed]) => {
        const faults = lengths.map((cutAfter, at) => ({
          cutAfter,
          isAbrupt: at === 1,
          ignoresRange: ignores[at] ?? false,
        }));
        const asked = isPinned ? target() : unpinned();
        const last = { ignoresRange: ignores[3] ?? false };
        const got = isStreamed ? await streamed(asked, [...faults, last]) : await whole(asked, [...faults, last]);
        const text = typeof got === "object" && "bytes" in got ? Buffer.from(got.bytes).toString() : got;
        expect(text === TEXT ? TEXT.length : text).toBe(TEXT.length);
      }),
      { numRuns: 60 },
    );
  });

  test("continued where it broke off", async () => {
    expect(
      await streamed(target(), [
        { cutAfter: 100, cutAfterMs: 200 },
        { cutAfter: 50, cutAfterMs: 200 },
      ]),
    ).toEqual(TEXT);
    expect(ranges()).toEqual([null, "bytes=100-", "bytes=150-"]);
  });

  test("broken after the last byte, it is whole", async () => {
    const chunk = Buffer.concat([Buffer.from(`${BYTES.byteLength.toString(16)}\r\n`), BYTES, Buffer.from("\r\n")]);
    const headers = { "content-length": "", "transfer-encoding": "chunked" };
    expect(await streamed(target(), [{ body: chunk, cutAfter: chunk.byteLength, headers }])).toEqual(TEXT);
    expect(ranges()).toEqual([null]);
  });

  test("begun anew where nothing says that it is the same object", async () => {
    storage.without = ["etag", "x-goog-generation"];
    expect(await streamed(unpinned(), [{ cutAfter: 100, cutAfterMs: 200 }])).toEqual(TEXT);
    expect(ranges()).toEqual([null, null]);
  });

  test("compressed on its way, it is asked for as it is", async () => {
    const onTheWay = {
      headers: { "content-encoding": "gzip", "x-goog-stored-content-encoding": "identity" },
      body: Bun.gzipSync(BYTES),
    };
    expect(await whole(target(), [onTheWay])).toMatchObject({ bytes: new Uint8Array(BYTES) });
    expect(storage.asked.map(({ headers }) => headers.get("accept-encoding"))).toEqual(["gzip", "identity"]);
  });

  test("a large object over a bad line comes to its end, however often the line breaks", async () => {
    const large = Buffer.alloc(6_000_000, "abcd");
    const asked = target({ size: large.byteLength, md5: md5Of(large) });
    storage.put("object", large, "7");
    const got = await streamed(
      asked,
      Array.from({ length: 5 }, () => ({ cutAfter: 1_150_000 })),
    );
    expect(got).toBe(large.toString());
    expect(storage.asked).toHaveLength(6);
  });
});

describe("what is damaged", () => {
  const wrong = Buffer.from(BYTES);
  wrong[1234] = 0;

  test("is downloaded again when it is held, by MD5, CRC-32C or what the answer says", async () => {
    for (const asked of [target(), target({ md5: null })]) {
      expect(await whole(asked, [{ body: wrong }])).toMatchObject({ bytes: new Uint8Array(BYTES) });
    }
    const announced = { "x-goog-hash": `md5=${md5Of(BYTES)}` };
    const unlisted = target({ md5: null, crc32c: null });
    expect(await whole(unlisted, [{ body: wrong, headers: announced }])).toMatchObject({ isVerified: true });
    expect(storage.asked).toHaveLength(6);
  });

  test("ends as `checksum` when it stays so, or was handed on already", async () => {
    const faults = Array.from({ length: 9 }, () => ({ body: wrong }));
    expect(await whole(target(), faults)).toMatchObject({
      code: "checksum",
      next: "retry",
      message: expect.stringMatching(/^object is not what was listed: its MD5 is .* \(4 requests\)$/),
      url: expect.stringContaining("/sefaria-export/object?generation=7"),
    });
    storage.asked.length = 0;
    expect(await streamed(target(), [{ body: wrong }])).toMatchObject({ code: "checksum" });
    expect(storage.asked).toHaveLength(1);
  });

  test("by another length is never begun, nor taken where the length is not announced", async () => {
    const longer = Buffer.concat([BYTES, BYTES]);
    const faults = (body: Buffer) => Array.from({ length: 4 }, () => ({ body }));
    for (const body of [longer, BYTES.subarray(0, 9)]) {
      expect(await whole(target(), faults(body))).toMatchObject({
        code: "body-cut",
        message: `object is answered with ${body.byteLength} bytes, not ${BYTES.byteLength} (4 requests)`,
      });
    }
    const unannounced = { headers: { "content-length": "" } };
    expect(
      await whole(
        target(),
        faults(longer).map((fault) => ({ ...fault, ...unannounced })),
      ),
    ).toMatchObject({
      code: "checksum",
    });
    // A server that has less than was listed: the rest is asked for, and is not there.
    storage.without = ["x-goog-generation", "etag"];
    const shorter = { body: BYTES.subarray(0, 9), ...unannounced };
    expect(await whole(target(), [shorter, shorter])).toMatchObject({ code: "replaced", status: 416 });
  });

  test("by a page in its place is not mixed with it", async () => {
    const headers = { "content-type": "text/html; charset=utf-8", etag: '"page"', "x-goog-generation": "" };
    const page = { body: Buffer.from("<html>"), headers, ignoresRange: true };
    expect(await streamed(target(), [page, { cutAfter: 100, cutAfterMs: 200 }, page])).toBe(TEXT);
    expect(await streamed(unpinned(), [page])).toBe(TEXT);
    storage.asked.length = 0;
    expect(await whole(target(), [page, page, page, page])).toMatchObject({ code: "not-json", next: "retry" });
    expect(storage.asked).toHaveLength(4);
  });

  test("what its decoder refuses is downloaded again, unless its checksum was right", async () => {
    let decoded = 0;
    const decode = (): string => {
      if (++decoded === 1) throw new SoferError("checksum", "no gzip");
      return "text";
    };
    storage.without = ["x-goog-hash"];
    expect(await downloads.whole(unpinned(), decode)).toBe("text");
    decoded = 0;
    expect(await downloads.whole(target(), decode).catch((error: unknown) => error)).toMatchObject({
      code: "checksum",
    });
    expect(decoded).toBe(1);
  });
});

describe("what is not the listed object any more", () => {
  test("is `replaced`, whichever way the service says it", async () => {
    const gone = target();
    storage.put("object", BYTES, "8");
    expect(await whole(gone)).toMatchObject({ code: "replaced", next: "relist", status: 404 });
    expect(await whole(target(), [{ status: 412 }])).toMatchObject({ code: "replaced", status: 412 });
    expect(await whole(target(), [{ headers: { "x-goog-generation": "8" } }])).toMatchObject({ code: "replaced" });
    expect(storage.asked).toHaveLength(3);
  });

  test("is `replaced` when it changes between two parts, also where nothing was pinned", async () => {
    const other = Buffer.from(BYTES.toString().replaceAll("0", "9"));
    expect(
      await streamed(unpinned(), [{ cutAfter: 100, cutAfterMs: 200 }, { headers: { etag: '"other"' } }]),
    ).toMatchObject({
      code: "replaced",
    });
    storage.without = ["etag", "x-goog-generation", "x-goog-hash"];
    expect(await streamed(unpinned(), [{ cutAfter: 100, cutAfterMs: 200 }, { body: other }])).toMatchObject({
      code: "replaced",
    });
  });

  test("an object that nobody listed is not found", async () => {
    const missing = { ...unpinned(), isListed: false, url: `${storage.url}/sefaria-export/nothing` };
    expect(await whole(missing)).toMatchObject({ code: "not-found", status: 404 });
  });
});

describe("the host", () => {
  test("that answers another part is asked again", async () => {
    const elsewhere = { headers: { "content-range": `bytes 7-9/${BYTES.byteLength}` } };
    expect(await streamed(target(), [{ cutAfter: 100, cutAfterMs: 200 }, elsewhere])).toEqual(TEXT);
    expect(ranges()).toEqual([null, "bytes=100-", "bytes=100-"]);
  });

  test("that fails, waits or refuses is treated as everywhere", async () => {
    expect(await whole(target(), [{ status: 503 }, { status: 500 }])).toMatchObject({ isVerified: true });
    expect(
      await whole(
        target(),
        Array.from({ length: 9 }, () => ({ status: 500 })),
      ),
    ).toMatchObject({ code: "server-error", status: 500 });
    const refusals: number[] = [];
    const pacer: Pacer = {
      permit: () => Promise.resolve(),
      refused: ({ status }) => void refusals.push(status),
      ended: () => undefined,
    };
    const polite = new Downloads({ ...OPTIONS, pacer });
    const xml = { status: 403, headers: { "content-type": "application/xml; charset=UTF-8" } };
    expect(await whole(target(), [xml], polite)).toMatchObject({ code: "refused", status: 403 });
    expect(refusals).toEqual([]);
    const later = { status: 429, headers: { "retry-after": "0" } };
    expect(await whole(target(), [later, later, later, later], polite)).toMatchObject({ isVerified: true });
    expect(refusals).toEqual([429, 429, 429, 429]);
  });

  test("that falls silent is left, and what came is kept", async () => {
    const quick = new Downloads({ ...OPTIONS, timeoutMs: 300 });
    expect(await whole(target(), [{ cutAfter: 100, hangs: true }], quick)).toMatchObject({ isVerified: true });
    expect(ranges()).toEqual([null, "bytes=100-"]);
  });

  test("is not blamed for the time in which nobody reads", async () => {
    const clock = new FakeClock();
    const large = Buffer.alloc(1_000_000, "x");
    const asked = target({ size: large.byteLength, md5: md5Of(large) });
    storage.put("object", large, "7");
    let bytes = 0;
    for await (const part of new Downloads({ ...OPTIONS, clock, maxRetries: 0 }).stream(asked)) {
      await clock.advance(OPTIONS.timeoutMs);
      bytes += part.byteLength;
    }
    expect(bytes).toBe(large.byteLength);
    expect(storage.asked).toHaveLength(1);
  });
});

test("the caller's abort ends a download with the caller's reason", async () => {
  const caller = new AbortController();
  storage.faults = [{ cutAfter: 100, hangs: true }];
  const parts: number[] = [];
  const reading = (async () => {
    for await (const part of downloads.stream(target(), caller.signal)) {
      parts.push(part.byteLength);
      caller.abort(new SoferError("interrupted", "stop"));
    }
  })();
  expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "interrupted" });
  expect(parts).toEqual([100]);
});

test("a reader who leaves frees the connection, and the sending is reported", async () => {
  sent.length = 0;
  for await (const part of downloads.stream(target())) if (part.byteLength > 0) break;
  expect(sent).toHaveLength(1);
  expect(sent[0]?.status).toBe(200);
});
