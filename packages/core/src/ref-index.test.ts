import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { formatRef } from "./ref.ts";
import { RefIndex, type CitedBook } from "./ref-index.ts";
import type { Leaf } from "./schema-tree.ts";
import { leafAndPath, leafOf } from "./testing/arbitrary.ts";

interface Item {
  readonly leaf: Leaf;
}

function book(title: string, leaves: readonly Leaf[], more: Partial<CitedBook<Item>> = {}): CitedBook<Item> {
  return {
    title,
    titleVariants: [],
    leaves: leaves.map((leaf) => ({ leaf })),
    virtualNodes: [],
    nodeTitles: {},
    ...more,
  };
}

const simple = (title: string) => leafOf({ title, addressTypes: ["Perek", "Pasuk"] });
const index = new RefIndex(
  [
    book("Genesis", [simple("Genesis")], { titleVariants: ["Bereshit", "Gen."] }),
    book("Berakhot", [leafOf({ title: "Berakhot", addressTypes: ["Talmud", "Integer"] })]),
    book(
      "Shelah",
      [
        leafOf({ title: "Shelah", keys: [""], isDefault: true, addressTypes: ["Integer", "Integer"] }),
        leafOf({ title: "Shelah, Oral Torah, Noah", keys: ["Oral Torah", "Noah"], addressTypes: ["Integer"] }),
      ],
      {
        titleVariants: ["Shenei Luchot HaBerit", "Shared Name"],
        nodeTitles: { "Shelah, Oral Torah": ["Torah SheBeAl Peh"], "Shelah, Oral Torah, Noah": ["Noach"] },
        virtualNodes: ["Shelah, Words"],
      },
    ),
    book(
      "Ein Yaakov",
      [leafOf({ title: "Ein Yaakov, Sotah", keys: ["Sotah"], addressTypes: ["Integer", "Integer"] })],
      {
        titleVariants: ["Shared Name", "Genesis"],
      },
    ),
  ],
  ["Genesis Rabbah", "Berakhot", "Psalms"],
);

function found(citation: string): unknown {
  const result = index.find(citation);
  return "none" in result ? result.none : [result.at.leaf.title, result.from, result.to];
}

describe("a citation among many books", () => {
  test.each([
    ["Genesis 1:3", ["Genesis", [0, 2], [0, 2]]],
    ["bereshit_1.3", ["Genesis", [0, 2], [0, 2]]],
    ["Gen. 1:3", ["Genesis", [0, 2], [0, 2]]],
    ["Genesis 1:1-50:26", ["Genesis", [0, 0], [49, 25]]],
    ["Genesis 51", ["Genesis", [50], [50]]],
    ["Genesis", ["Genesis", [], []]],
    ["Berakhot 2a:3-2b:1", ["Berakhot", [2, 2], [3, 0]]],
    ["Berakhot 2", ["Berakhot", [2], [3]]],
    ["Shelah 1:2", ["Shelah", [0, 1], [0, 1]]],
    ["Shenei Luchot HaBerit, Torah SheBeAl Peh, Noach 7", ["Shelah, Oral Torah, Noah", [6], [6]]],
    ["Shenei Luchot HaBerit, Oral Torah, Noah 7", ["Shelah, Oral Torah, Noah", [6], [6]]],
    ["Ein Yaakov, Sotah 1:61", ["Ein Yaakov, Sotah", [0, 60], [0, 60]]],
  ])("%s", (citation, expected) => {
    expect(found(citation)).toEqual(expected);
  });

  test.each([
    ["Genesis Rabbah 1:1", "unknown-book"],
    ["Genesis Zuta 1:1", "unknown-book"],
    ["Psalms 51", "unknown-book"],
    ["Shared Name 1:1", "unknown-book"],
    ["", "unknown-book"],
    ["Genesis 1:b", "unknown-place"],
    ["Berakhot 0a", "unknown-place"],
    ["Ein Yaakov, Gittin 1:1", "unknown-place"],
    ["Ein Yaakov, Sotah Zuta 1:1", "unknown-place"],
    ["Ein Yaakov", "branch"],
    ["Shelah, Oral Torah", "branch"],
    ["Shelah, Words 3", "virtual"],
  ])("%s: %s", (citation, reason) => {
    expect(found(citation)).toBe(reason);
    expect(index.touches(citation)).toBe(reason !== "unknown-book");
  });
});

test("every place of every leaf is found by its own ref", () => {
  fc.assert(
    fc.property(leafAndPath(), ({ leaf, path }) => {
      const own = new RefIndex([book(leaf.title, [{ ...leaf, keys: [] }])]);
      const result = own.find(formatRef(leaf, path));
      expect(result).toMatchObject({ from: path, to: path });
    }),
  );
});
