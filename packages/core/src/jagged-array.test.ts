import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { isBlank } from "./conservation.ts";
import { comparePaths, MAX_DEPTH, places, placesOfRange, type Place } from "./jagged-array.ts";
import type { Path } from "./schema-tree.ts";

function list(text: unknown, depth: number, base?: Path): Place[] {
  return [...places(text, depth, base)];
}

function nested(levels: number): unknown {
  let text: unknown = "deep";
  for (let level = 0; level < levels; level++) text = [text];
  return text;
}

/** Anything a source might publish as a text. */
const anyText = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.constantFrom("", " ", "\n\t"),
      fc.integer(),
      fc.constant(null),
      fc.boolean(),
      fc.constant({ a: "b" }),
    ),
    fc.array(tie("node"), { maxLength: 5 }),
  ),
})).node;

/** A flat walk that shares nothing with the code under test. */
function leavesOf(text: unknown): unknown[] {
  return Array.isArray(text) ? text.flatMap(leavesOf) : [text];
}

/** Rebuilds an array from places: the reverse of flattening. */
function rebuild(found: readonly Place[]): unknown {
  const root: unknown[] = [];
  for (const { path, text } of found) {
    let here = root;
    for (const index of path.slice(0, -1)) {
      const next = here[index];
      const inner: unknown[] = Array.isArray(next) ? next : [];
      here[index] = inner;
      here = inner;
    }
    here[path.at(-1) ?? 0] = text;
  }
  return root;
}

describe("places", () => {
  test("a regular text", () => {
    expect(list([["a", ""], ["b"]], 2)).toEqual([
      { path: [0, 0], kind: "text", irregular: null, text: "a" },
      { path: [0, 1], kind: "blank", irregular: null, text: "" },
      { path: [1, 0], kind: "text", irregular: null, text: "b" },
    ]);
  });

  test("an empty section has no places, an empty list in a segment's place is blank", () => {
    expect(list([[], ["b"]], 2)).toEqual([{ path: [1, 0], kind: "text", irregular: null, text: "b" }]);
    expect(list([[]], 1)).toEqual([{ path: [0], kind: "blank", irregular: null, text: "" }]);
    expect(list([[[]]], 1)).toEqual([{ path: [0, 0], kind: "blank", irregular: "deeper", text: "" }]);
    expect(list([], 2)).toEqual([]);
  });

  test("nulls, numbers, booleans and objects are no text", () => {
    expect(list([null, 7, true, { x: 1 }], 1).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 4 }, () => "not-text"),
    );
  });

  test("a list where a segment is due: its strings are stored one number deeper", () => {
    expect(list([["a", ["b", "c"]]], 2).slice(1)).toEqual([
      { path: [0, 1, 0], kind: "text", irregular: "deeper", text: "b" },
      { path: [0, 1, 1], kind: "text", irregular: "deeper", text: "c" },
    ]);
  });

  test("a string where a list is due: stored with as many numbers as it has", () => {
    expect(list(["a", ["b"]], 2)[0]).toEqual({ path: [0], kind: "text", irregular: "shallower", text: "a" });
    expect(list("whole", 2)).toEqual([{ path: [], kind: "text", irregular: "shallower", text: "whole" }]);
  });

  test("lists nested without end are refused", () => {
    expect(list(nested(MAX_DEPTH), 2)).toHaveLength(1);
    expect(() => list(nested(MAX_DEPTH + 1), 2)).toThrow(RangeError);
  });

  test("nothing is dropped, nothing invented, order is reading order", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 4 }), (text, depth) => {
        const found = list(text, depth);
        const strings = leavesOf(text).filter((leaf): leaf is string => typeof leaf === "string" && !isBlank(leaf));
        expect(found.filter(({ kind }) => kind === "text").map((place) => place.text)).toEqual(strings);
        const others = leavesOf(text).filter((leaf) => typeof leaf !== "string").length;
        expect(found.filter(({ kind }) => kind === "not-text").length).toBe(others);
        for (const [at, place] of found.entries()) {
          const expected = place.path.length > depth ? "deeper" : place.path.length < depth ? "shallower" : null;
          expect(place.irregular).toBe(expected);
          const before = found[at - 1];
          if (before !== undefined) expect(comparePaths(before.path, place.path)).toBeLessThan(0);
        }
      }),
    );
  });

  test("flatten and back", () => {
    const text = fc.array(fc.array(fc.array(fc.string(), { minLength: 1 }), { minLength: 1 }), { minLength: 1 });
    fc.assert(fc.property(text, (array) => expect(rebuild(list(array, 3))).toEqual(array)));
  });
});

describe("placesOfRange", () => {
  test("one place: the answer is that place's own", () => {
    expect([...placesOfRange(["a", "b"], 2, [4], [4])].map(({ path }) => path)).toEqual([
      [4, 0],
      [4, 1],
    ]);
    expect([...placesOfRange("a", 2, [4, 2], [4, 2])].map(({ path }) => path)).toEqual([[4, 2]]);
  });

  test("several sections: the first element is the first asked for", () => {
    expect([...placesOfRange([["a"], ["b"]], 2, [4], [5])].map(({ path }) => path)).toEqual([
      [4, 0],
      [5, 0],
    ]);
    expect([...placesOfRange(["a", "b"], 2, [4, 7], [4, 8])].map(({ path }) => path)).toEqual([
      [4, 7],
      [4, 8],
    ]);
  });

  test("parts put together are the whole", () => {
    const whole = fc.array(fc.array(fc.string(), { maxLength: 4 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(whole, fc.nat(), (text, any) => {
        const cut = 1 + (any % (text.length - 1));
        const answerTo = (from: number, to: number): unknown => (from === to ? text[from] : text.slice(from, to + 1));
        const parts = [
          ...placesOfRange(answerTo(0, cut - 1), 2, [0], [cut - 1]),
          ...placesOfRange(answerTo(cut, text.length - 1), 2, [cut], [text.length - 1]),
        ];
        expect(parts).toEqual(list(text, 2));
      }),
    );
  });
});

test("an outer place stands before what it contains", () => {
  expect([[1], [0, 5], [0], [1, 0], []].toSorted(comparePaths)).toEqual([[], [0], [0, 5], [1], [1, 0]]);
});
