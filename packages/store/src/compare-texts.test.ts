import { expect, test } from "bun:test";
import fc from "fast-check";
import { compareBooks } from "./book-texts.ts";
import { compareTexts } from "./compare-texts.ts";

const texts = (...hashes: readonly string[]) =>
  new Map(hashes.flatMap((hash, index) => (hash === "" ? [] : [[String(index), hash]])));

test.each([
  ["nothing", ["a", "b"], ["a", "b"], { added: 0, changed: 0, moved: 0, removed: 0 }],
  ["a text altered", ["a", "b", "c"], ["a", "x", "c"], { added: 0, changed: 1, moved: 0, removed: 0 }],
  ["a text inserted", ["a", "b", "c"], ["a", "x", "b", "c"], { added: 1, changed: 0, moved: 2, removed: 0 }],
  ["a text deleted", ["a", "b", "c"], ["b", "c"], { added: 0, changed: 0, moved: 2, removed: 1 }],
  ["two exchanged", ["a", "b"], ["b", "a"], { added: 0, changed: 0, moved: 2, removed: 0 }],
  ["one moved over another", ["a", "b"], ["", "a"], { added: 0, changed: 0, moved: 1, removed: 1 }],
  ["the same text twice", ["a", "a", "b"], ["a", "b", ""], { added: 0, changed: 0, moved: 1, removed: 1 }],
])("%s", (_what, before, after, expected) => {
  expect(compareTexts(texts(...before), texts(...after))).toMatchObject(expected);
});

test("every text of before and after is in exactly one class", () => {
  const side = fc.array(fc.constantFrom("", "a", "b", "c", "d"), { maxLength: 8 });
  fc.assert(
    fc.property(side, side, (one, two) => {
      const [before, after] = [texts(...one), texts(...two)];
      const { added, changed, moved, removed, removedPlaces } = compareTexts(before, after);
      const unchanged = [...before].filter(([place, hash]) => after.get(place) === hash).length;
      expect(unchanged + changed + moved + removed).toBe(before.size);
      expect(unchanged + changed + moved + added).toBe(after.size);
      expect(removedPlaces).toHaveLength(removed);
    }),
  );
});

test("what vanishes: texts of versions that are still there, and places that no version has any more", () => {
  const before = new Map([
    [1, texts("a", "b", "c")],
    [2, texts("x", "y")],
  ]);
  const dropped = compareBooks(before, new Map([[1, texts("a", "b", "c")]]));
  expect(dropped).toEqual({ changes: { added: 0, changed: 0, moved: 0, removed: 2 }, segments: 3, vanished: 0 });
  const last = compareBooks(before, new Map([[2, texts("x", "y")]]));
  expect(last).toMatchObject({ changes: { removed: 3 }, vanished: 1 });
  const cut = compareBooks(before, new Map([...before, [1, texts("a")]]));
  expect(cut).toMatchObject({ changes: { removed: 2 }, vanished: 2 });
  const replaced = compareBooks(before, new Map([[3, texts("n", "n", "n")]]));
  expect(replaced).toMatchObject({ changes: { added: 3, removed: 5 }, vanished: 0 });
});
