import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { addTallies, EMPTY_TALLY, isBlank, sameTally, TallyCounter, type Tally } from "./conservation.ts";

function tallyOf(texts: readonly string[]): Tally {
  const counter = new TallyCounter();
  for (const text of texts) counter.add(text);
  return counter.tally();
}

const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom("", " ", "\u00a0\n", "א")), { maxLength: 20 });

test("order does not matter, and parts add up to the whole", () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(sameTally(tallyOf([...a, ...b]), tallyOf([...b, ...a].toReversed()))).toBeTrue();
      expect(addTallies(tallyOf(a), tallyOf(b))).toEqual(tallyOf([...a, ...b]));
    }),
  );
});

test("blank strings do not count", () => {
  expect(tallyOf(["", " ", "\u00a0", "\n\t"])).toEqual(EMPTY_TALLY);
  expect(isBlank("\u200e")).toBeFalse();
  expect(tallyOf(["א", ""]).count).toBe(1);
});

test("a lost, doubled, changed or swapped letter is seen", () => {
  const whole = tallyOf(["one", "two", "three"]);
  for (const wrong of [
    ["one", "two"],
    ["one", "two", "three", "three"],
    ["one", "two", "three "],
    ["oen", "two", "three"],
  ]) {
    expect(sameTally(whole, tallyOf(wrong))).toBeFalse();
  }
  expect(sameTally(tallyOf(["ab", "c"]), tallyOf(["a", "bc"]))).toBeFalse();
});

test("sums wrap at 2^64 and keep 16 digits", () => {
  const high: Tally = { count: 1, sum: "ffffffffffffffff" };
  expect(addTallies(high, { count: 2, sum: "0000000000000002" })).toEqual({ count: 3, sum: "0000000000000001" });
  expect(addTallies()).toEqual(EMPTY_TALLY);
});
