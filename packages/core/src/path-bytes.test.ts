import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { comparePaths } from "./jagged-array.ts";
import { pathFromBytes, pathToBytes } from "./path-bytes.ts";

const path = fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 })), { maxLength: 6 });

test("paths as bytes and back", () => {
  fc.assert(fc.property(path, (numbers) => expect(pathFromBytes(pathToBytes(numbers))).toEqual(numbers)));
});

test("a view into a larger buffer reads the same", () => {
  const larger = new Uint8Array(16);
  larger.set(pathToBytes([3, 258]), 5);
  expect(pathFromBytes(larger.subarray(5, 13))).toEqual([3, 258]);
});

test("bytewise order is reading order", () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(Math.sign(Buffer.compare(pathToBytes(a), pathToBytes(b)))).toBe(Math.sign(comparePaths(a, b)));
    }),
  );
});
