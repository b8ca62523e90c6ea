import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseLabel } from "./address.ts";
import { formatHeRef, formatRange, formatRef, labelsOf, urlForm } from "./ref.ts";
import { addressTypeAt, offsetAt, pathOfNumbers, sectionNumbers } from "./schema-tree.ts";
import { leafAndPath, leafOf } from "./testing/arbitrary.ts";

const genesis = leafOf({ title: "Genesis", heTitle: "בראשית", addressTypes: ["Perek", "Pasuk"] });
const berakhot = leafOf({ title: "Berakhot", heTitle: "ברכות", addressTypes: ["Talmud", "Integer"] });

describe("refs", () => {
  test("Genesis 1:31", () => {
    expect(String(formatRef(genesis, [0, 30]))).toBe("Genesis 1:31");
    expect(formatHeRef(genesis, [0, 30])).toBe("בראשית א׳:ל״א");
    expect(String(formatRef(genesis, []))).toBe("Genesis");
    expect(formatHeRef(genesis, [])).toBe("בראשית");
  });

  test("a Talmud array begins at 1a, so its third place is 2a", () => {
    expect(String(formatRef(berakhot, [2, 0]))).toBe("Berakhot 2a:1");
    expect(formatHeRef(berakhot, [2, 0])).toBe("ברכות ב׳ א:א׳");
  });

  test("a place deeper than the schema takes one more number in both refs", () => {
    expect(String(formatRef(genesis, [1, 1, 0]))).toBe("Genesis 2:2:1");
    expect(formatHeRef(genesis, [1, 1, 0])).toBe("בראשית ב׳:ב׳:א׳");
  });

  test("Folio has no Hebrew ref", () => {
    expect(formatHeRef(leafOf({ addressTypes: ["Folio", "Integer"] }), [0, 0])).toBeNull();
  });

  test("ranges collapse after the first part that differs", () => {
    expect(String(formatRange(genesis, [0, 30], [1, 1]))).toBe("Genesis 1:31-2:2");
    expect(String(formatRange(genesis, [0, 0], [0, 4]))).toBe("Genesis 1:1-5");
    expect(String(formatRange(genesis, [0], [2]))).toBe("Genesis 1-3");
    expect(String(formatRange(genesis, [0, 0], [0, 0]))).toBe("Genesis 1:1");
    expect(String(formatRange(berakhot, [2], [5]))).toBe("Berakhot 2a-3b");
  });
});

describe("offsets", () => {
  const leaf = leafOf({
    addressTypes: ["Integer", "Integer", "Integer"],
    offsets: { "1": 4, "2": [0, 3, 6], "3": [[0], [1, 2]] },
  });

  test("by level, as published", () => {
    expect(sectionNumbers(leaf, [0, 0, 0])).toEqual([5, 1, 1]);
    expect(sectionNumbers(leaf, [1, 1, 0])).toEqual([6, 5, 3]);
    expect(sectionNumbers(leaf, [2, 0, 0])).toEqual([7, 7, 1]);
  });

  test("a position the published lists do not reach has none", () => {
    expect(offsetAt(leaf.offsets, 1, [99, 0])).toBe(0);
    expect(offsetAt({ "2": 3, "1": "4" }, 0, [0])).toBe(0);
    expect(offsetAt(null, 2, [0, 0, 0])).toBe(0);
  });

  test("a number before the first position is no place", () => {
    expect(pathOfNumbers(leaf, [4])).toBeNull();
    expect(pathOfNumbers(leaf, [6, 3])).toBeNull();
    expect(pathOfNumbers(leaf, [6, 4])).toEqual([1, 0]);
  });
});

test("path -> ref -> path, for all types, depths and offsets", () => {
  fc.assert(
    fc.property(leafAndPath(), ({ leaf, path }) => {
      const numbers = labelsOf(leaf, path).map((text, level) => parseLabel(addressTypeAt(leaf, level), text));
      const whole = numbers.filter((n) => n !== null);
      expect(whole.length).toBe(path.length);
      expect(pathOfNumbers(leaf, whole)).toEqual([...path]);
      expect(String(formatRef(leaf, path))).toBe(`${leaf.title} ${labelsOf(leaf, path).join(":")}`);
    }),
  );
});

describe("urlForm", () => {
  test("is the publisher's own", () => {
    const rashi = leafOf({ title: "Rashi on Genesis", addressTypes: ["Integer", "Integer", "Integer"] });
    expect(urlForm(rashi, formatRef(rashi, [0, 0, 0]))).toBe("Rashi_on_Genesis.1.1.1");
    expect(urlForm(genesis, formatRange(genesis, [0, 30], [1, 1]))).toBe("Genesis.1.31-2.2");
    expect(urlForm(berakhot, formatRef(berakhot, [2]))).toBe("Berakhot.2a");
    expect(urlForm(genesis, formatRef(genesis, []))).toBe("Genesis");
  });

  test("keeps commas, encodes what a path cannot hold", () => {
    const leaf = leafOf({ title: "Guide, Part 1/2? é", addressTypes: ["Integer"] });
    expect(urlForm(leaf, formatRef(leaf, [0]))).toBe("Guide,_Part_1%2F2%3F_%C3%A9.1");
  });
});
