import { SoferError, UNKNOWN_SIZE } from "@sofer/core";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { gzipSync } from "node:zlib";
import { decodedBound, decodeText, inflate, inflateParts } from "./decode.ts";
import type { Target } from "./transfer.ts";

const TARGET: Target = {
  url: "http://host/object",
  name: "object",
  size: UNKNOWN_SIZE,
  md5: null,
  crc32c: null,
  generation: "",
  isListed: true,
};
const TEXT = Buffer.from(Array.from({ length: 400 }, (_, at) => `${at * 7919} שורה`).join("\n"));
const PACKED = gzipSync(TEXT);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function unpacked(bytes: Uint8Array, size = 1000, target = TARGET): Promise<Buffer | SoferError> {
  try {
    return Buffer.concat(await Array.fromAsync(inflateParts(pieces(bytes, size), target)));
  } catch (error) {
    return error as SoferError;
  }
}

function inflated(bytes: Uint8Array): Uint8Array | SoferError {
  try {
    return inflate(bytes, TARGET);
  } catch (error) {
    return error as SoferError;
  }
}

test("what is stored compressed is unpacked, all else is left as it is", async () => {
  for (const size of [1, 7, 100_000]) {
    expect(await unpacked(PACKED, size)).toEqual(TEXT);
    expect(await unpacked(TEXT, size)).toEqual(TEXT);
  }
  expect(Buffer.from(inflate(PACKED, TARGET))).toEqual(TEXT);
  expect(inflate(TEXT, TARGET)).toBe(TEXT);
  for (const short of [Buffer.alloc(0), Buffer.from("x")]) expect(await unpacked(short)).toEqual(short);
});

test("a gzip cut at any byte is an error, by both ways", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: PACKED.byteLength - 1 }), async (length) => {
      const cut = PACKED.subarray(0, length);
      expect(inflated(cut)).toMatchObject({ code: "checksum", url: TARGET.url });
      expect(await unpacked(cut)).toMatchObject({ code: "checksum", url: TARGET.url });
    }),
    { numRuns: 80 },
  );
});

test("a gzip with one other byte never gives another text", async () => {
  const changes = fc.tuple(fc.integer({ min: 10, max: PACKED.byteLength - 1 }), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(changes, async ([at, by]) => {
      const changed = Buffer.from(PACKED);
      changed[at] = (changed[at] ?? 0) ^ by;
      for (const result of [inflated(changed), await unpacked(changed)]) {
        if (result instanceof SoferError) expect(result.code).toBe("checksum");
        else expect(Buffer.from(result)).toEqual(TEXT);
      }
    }),
    { numRuns: 80 },
  );
});

test("a bomb is refused before it is unpacked whole", async () => {
  const bomb = gzipSync(Buffer.alloc(decodedBound(0) + 1));
  expect(inflated(bomb)).toMatchObject({ code: "wire-shape", next: "never" });
  expect(await unpacked(bomb, 100_000, { ...TARGET, size: bomb.byteLength })).toMatchObject({ code: "wire-shape" });
  expect([10, 2_000_000, 1e9].map(decodedBound)).toEqual([64_000_000, 128_000_000, 1_000_000_000]);
});

test("an error of the stored bytes is the error of the content", async () => {
  const broken = async function* () {
    yield PACKED.subarray(0, 100);
    await Promise.resolve();
    throw new SoferError("replaced", "gone");
  };
  const reading = Array.fromAsync(inflateParts(broken(), TARGET));
  expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "replaced" });
});

test("a reader who leaves ends the download", async () => {
  for (const bytes of [TEXT, PACKED]) {
    let isEnded = false;
    const stored = async function* () {
      try {
        for await (const part of pieces(bytes, 10)) yield part;
      } finally {
        isEnded = true;
      }
    };
    for await (const part of inflateParts(stored(), TARGET)) if (part.byteLength > 0) break;
    expect(isEnded).toBe(true);
  }
});

test("text that is not UTF-8 is refused, not mended", () => {
  expect(() => decodeText(Uint8Array.of(0x22, 0xe9, 0x22), TARGET)).toThrow("object is not UTF-8");
});

test("what may not be held is not unpacked, whatever its own size would allow", () => {
  const packed = gzipSync(Buffer.alloc(3_000_000, "a"));
  const most = (bytes: number) => {
    try {
      return inflate(packed, TARGET, bytes).byteLength;
    } catch (error) {
      return error as SoferError;
    }
  };
  expect(most(3_000_000)).toBe(3_000_000);
  expect(most(2_999_999)).toMatchObject({ code: "too-large", hint: expect.stringContaining("--max-response-mb") });
});
