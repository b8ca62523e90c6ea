import { expect, test } from "bun:test";
import fc from "fast-check";
import { comparePaths, slots, type Path, type Shape } from "@sofer/core";
import { rangesOf, slotsIn } from "./split.ts";

const shape: fc.Arbitrary<Shape> = fc.oneof(
  fc.nat(60),
  fc.array(fc.nat(12), { maxLength: 20 }),
  fc.array(fc.array(fc.nat(5), { maxLength: 6 }), { maxLength: 10 }),
);

const isInside = (path: Path, from: Path, to: Path): boolean =>
  comparePaths(path.slice(0, from.length), from) >= 0 && comparePaths(path.slice(0, to.length), to) <= 0;

test("ranges cover every slot once, in order, within the size unless one entry alone is larger", () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 40 }), (promised, most) => {
      const ranges = rangesOf(promised, null, most);
      for (const path of slots(promised)) {
        expect(ranges.filter(({ from, to }) => isInside(path, from, to))).toHaveLength(1);
      }
      for (const range of ranges) {
        expect(range.from.length).toBe(range.to.length);
        expect(range.from.slice(0, -1)).toEqual(range.to.slice(0, -1));
        const isOne = range.from.at(-1) === range.to.at(-1);
        expect(slotsIn(promised, range)).toBeGreaterThan(0);
        if (!isOne) expect(slotsIn(promised, range)).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test("half the slots always gives at least two parts where there are two places", () => {
  expect(rangesOf([3, 0, 4], null, 3)).toEqual([
    { from: [0], to: [0] },
    { from: [2, 0], to: [2, 2] },
    { from: [2, 3], to: [2, 3] },
  ]);
  expect(rangesOf(2, null, 1)).toEqual([
    { from: [0], to: [0] },
    { from: [1], to: [1] },
  ]);
});
