import { describe, expect, test } from "bun:test";
import type { SinkRecord } from "@sofer/core";
import { recordOf } from "../testing/records.ts";
import { rowBytes, rowOf } from "./rows.ts";

/** Every number that half precision has: 65,536 patterns of bits. */
const HALVES = new Float16Array(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).buffer);
const finite = Float32Array.from(HALVES).filter((number) => Number.isFinite(number));

const withVector = (values: Float32Array): SinkRecord => ({
  ...recordOf(1, { dimensions: null }),
  vector: { key: "0".repeat(32), values },
});

describe("a row", () => {
  test("says every number of half precision so that it comes back the same", () => {
    expect(finite.length).toBe(0x10000 - 2 * 1024);
    const { embedding } = rowOf(withVector(finite), true);
    const sent = JSON.parse(JSON.stringify(embedding)) as number[];
    // The server reads a number as single precision first.
    const wrong = sent.filter((number, at) => new Float16Array([Math.fround(number)])[0] !== finite[at]);
    expect(wrong).toEqual([]);
  });

  test("leaves a number that is too large to the server", () => {
    expect(rowOf(withVector(Float32Array.of(65_504, 1e6, -1e9)), true).embedding).toEqual([65_504, 1e6, -1e9]);
  });

  test("without vectors says nothing of them; a chunk without one among others has null", () => {
    expect(rowOf(withVector(Float32Array.of(1)), false)).not.toHaveProperty("embedding");
    expect(rowOf(recordOf(1, { dimensions: null }), true).embedding).toBeNull();
  });

  test("is never larger than its size says", () => {
    const bytes = (record: SinkRecord) => Buffer.byteLength(JSON.stringify(rowOf(record, true)));
    const said = rowOf(withVector(finite), true).embedding ?? [];
    const longest = [...said].toSorted((a, b) => String(b).length - String(a).length)[0] ?? 0;
    const record = withVector(new Float32Array(1000).fill(longest));
    expect(bytes(record)).toBeLessThanOrEqual(rowBytes(record));
    for (let number = 0; number < 50; number++) {
      const record = recordOf(number, { dimensions: 768, padding: number * 7 });
      expect(bytes(record)).toBeLessThanOrEqual(rowBytes(record));
      expect(bytes(record)).toBeGreaterThan(rowBytes(record) / 2);
    }
  });
});
