import { expect, test } from "bun:test";
import fc from "fast-check";
import { packRows, unpackRows } from "./packed-rows.ts";

const path = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 5 });
// Any UTF-16, lone halves of characters included: what a text begins with may complete what the one before ended with.
const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const row = fc.tuple(path, fc.oneof(text, fc.constantFrom("\ud83d", "\ude00", "")));

test("what was packed comes out as it was, from any number of parts, and after any copying", () => {
  fc.assert(
    fc.property(fc.array(row), fc.nat(), (rows, cut) => {
      const paths = rows.map(([numbers]) => numbers);
      const texts = rows.map(([, letters]) => letters);
      const middle = cut % (rows.length + 1);
      const packed = [packRows(paths, texts, 0, middle), packRows(paths, texts, middle)];
      expect(unpackRows(structuredClone(packed))).toEqual({ paths, texts });
    }),
  );
});
