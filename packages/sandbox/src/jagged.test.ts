import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hasContent, textOfRange, unionCounts } from "./jagged.ts";

/** Two levels, no empty section, every string telling where it stands. */
const sections = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 })
  .map((lengths) => lengths.map((length, at) => Array.from({ length }, (_, verse) => `${at}:${verse}`)));

test("a range over places that are there holds exactly them, in order", () => {
  fc.assert(
    fc.property(sections, fc.nat(), fc.nat(), (text, one, two) => {
      const all = text.flat();
      const [low, high] = [one % all.length, two % all.length].toSorted((a, b) => a - b);
      const paths = text.flatMap((section, at) => section.map((_, verse) => [at, verse]));
      const cut = textOfRange(text, paths[low ?? 0] ?? [], paths[high ?? 0] ?? []);
      expect((cut as unknown[]).flat()).toEqual(all.slice(low, (high ?? 0) + 1));
    }),
  );
});

test("counts are the longest of all versions, place by place", () => {
  expect(unionCounts([[["a"], [], ["b", "c"]], [["a", "b"]]], 2)).toEqual([2, 0, 2]);
  expect(unionCounts([[[["a"]], []], []], 3)).toEqual([[1], 0]);
  expect(unionCounts([[], []], 2)).toBe(0);
  expect(unionCounts([["a", "b"], ["a"]], 1)).toBe(2);
});

test("a list in a segment's place is one slot", () => {
  expect(unionCounts([["a", ["b", "c", "d"]]], 1)).toBe(2);
  expect(unionCounts([[["a", ["b", "c"]]]], 2)).toEqual([2]);
});

describe("content", () => {
  test.each([
    [[""], false],
    [[[], []], false],
    [[0, null], false],
    [[" "], true],
    [["", "a"], true],
    ["", false],
    ["a", true],
  ])("%j: %p", (value, expected) => {
    expect(hasContent(value)).toBe(expected);
  });
});
