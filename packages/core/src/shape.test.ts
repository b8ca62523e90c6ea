import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { comparePaths, places } from "./jagged-array.ts";
import {
  normaliseShape,
  sectionSlotCounts,
  shapeAt,
  shapeOf,
  slotCount,
  slots,
  unionShape,
  type Shape,
} from "./shape.ts";

function shapeOfDepth(depth: number): fc.Arbitrary<Shape> {
  return depth === 1 ? fc.nat(6) : fc.array(shapeOfDepth(depth - 1), { maxLength: 5 });
}
const depthAndShape = fc
  .integer({ min: 1, max: 4 })
  .chain((depth) => fc.tuple(fc.constant(depth), shapeOfDepth(depth)));
const shapePair = fc.integer({ min: 1, max: 4 }).chain((depth) => fc.tuple(shapeOfDepth(depth), shapeOfDepth(depth)));

function keys(shape: Shape): string[] {
  return [...slots(shape)].map((path) => path.join(":"));
}

describe("normaliseShape", () => {
  test("an empty list is published as 0 at any level", () => {
    expect(normaliseShape([[3, 0], 0, [1]], 3)).toEqual([[3, 0], [], [1]]);
    expect(normaliseShape([3, 0, 1], 2)).toEqual([3, 0, 1]);
    expect(normaliseShape(0, 2)).toEqual([]);
    expect(normaliseShape(12, 1)).toBe(12);
  });

  test("counts deeper than the schema count as entries", () => {
    expect(normaliseShape([[2, 2], 5], 2)).toEqual([2, 5]);
  });

  test("what is no count is none", () => {
    expect(normaliseShape(["3", null, -1, 1.5], 2)).toEqual([0, 0, 0, 0]);
    expect(normaliseShape(undefined, 2)).toEqual([]);
  });

  test("leaves a normal shape alone", () => {
    fc.assert(fc.property(depthAndShape, ([depth, shape]) => expect(normaliseShape(shape, depth)).toEqual(shape)));
  });
});

describe("slots", () => {
  test("are counted as they are walked, in reading order, each within the shape", () => {
    fc.assert(
      fc.property(depthAndShape, ([depth, shape]) => {
        const walked = [...slots(shape)];
        expect(walked.length).toBe(slotCount(shape));
        expect(sectionSlotCounts(shape).reduce((sum, count) => sum + count, 0)).toBe(walked.length);
        for (const [at, path] of walked.entries()) {
          expect(path.length).toBe(depth);
          expect(shapeAt(shape, path)).toBe(1);
          const before = walked[at - 1];
          if (before !== undefined) expect(comparePaths(before, path)).toBeLessThan(0);
        }
      }),
    );
  });

  test("shapeAt is null where nothing is promised", () => {
    expect(shapeAt([2, 3], [1])).toBe(3);
    expect(shapeAt([2, 3], [])).toEqual([2, 3]);
    expect(shapeAt([2, 3], [2])).toBeNull();
    expect(shapeAt([2, 3], [0, 2])).toBeNull();
    expect(shapeAt([2, 3], [0, 1, 0])).toBeNull();
  });

  test("a text's own shape promises exactly its places", () => {
    const text = fc.array(fc.array(fc.string(), { maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(text, (array) => {
        expect([...slots(shapeOf(array, 2))]).toEqual([...places(array, 2)].map(({ path }) => path));
      }),
    );
  });
});

describe("unionShape", () => {
  test("takes the longest place by place", () => {
    expect(unionShape([3, 1], [1, 2, 4])).toEqual([3, 2, 4]);
  });

  test("promises what either promises and no more", () => {
    fc.assert(
      fc.property(shapePair, ([a, b]) => {
        expect(new Set(keys(unionShape(a, b)))).toEqual(new Set([...keys(a), ...keys(b)]));
        expect(unionShape(a, b)).toEqual(unionShape(b, a));
        expect(unionShape(a, a)).toEqual(a);
      }),
    );
  });
});
