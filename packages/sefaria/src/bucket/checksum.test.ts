import { expect, test } from "bun:test";
import { Crc32c, checksumsOf } from "./checksum.ts";

test("CRC-32C has its published values, in whatever parts the bytes come", () => {
  // RFC 3720, B.4, and the check value of the algorithm's catalogue entry.
  const cases: [Buffer, number][] = [
    [Buffer.from("123456789"), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.alloc(0), 0],
  ];
  for (const [bytes, value] of cases) {
    for (const cut of [0, 3]) {
      const sum = new Crc32c();
      sum.update(bytes.subarray(0, cut));
      sum.update(bytes.subarray(cut));
      expect(Buffer.from(sum.digest(), "base64").readUInt32BE()).toBe(value);
    }
  }
});

test("the answer's checksums, in one header or in two", () => {
  const both = { md5: "Ojk9c3dhfxgoKVVHYwFbHQ==", crc32c: "n03x6A==" };
  const two = new Headers([
    ["x-goog-hash", `crc32c=${both.crc32c}`],
    ["x-goog-hash", `md5=${both.md5}`],
  ]);
  expect(checksumsOf(two)).toEqual(both);
  expect(checksumsOf(new Headers({ "x-goog-hash": `md5=${both.md5},crc32c=${both.crc32c}` }))).toEqual(both);
  expect(checksumsOf(new Headers({ "x-goog-hash": "junk" }))).toEqual({ md5: null, crc32c: null });
  expect(checksumsOf(new Headers())).toEqual({ md5: null, crc32c: null });
});
