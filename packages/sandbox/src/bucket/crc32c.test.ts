import { expect, test } from "bun:test";
import { crc32c } from "./crc32c.ts";

test("the published check value of CRC-32C, and no bytes", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(Buffer.from("e3069283", "hex").toString("base64"));
  expect(crc32c(Buffer.alloc(0))).toBe("AAAAAA==");
  // RFC 3720, B.4: 32 bytes of zeros, sent there with the small end first.
  expect(crc32c(Buffer.alloc(32))).toBe(Buffer.from("8a9136aa", "hex").toString("base64"));
});
