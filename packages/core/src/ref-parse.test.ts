import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ADDRESS_TYPES } from "./address.ts";
import { parseRef } from "./ref-parse.ts";
import { formatHeRef, formatRange, formatRef, urlForm } from "./ref.ts";
import { sectionNumbers } from "./schema-tree.ts";
import { leafAndPath, leafOf, treeOf } from "./testing/arbitrary.ts";

const genesis = treeOf(leafOf({ title: "Genesis", heTitle: "בראשית", addressTypes: ["Perek", "Pasuk"] }));
const berakhot = treeOf(leafOf({ title: "Berakhot", heTitle: "ברכות", addressTypes: ["Talmud", "Integer"] }));
const guide = treeOf(
  leafOf({ title: "Guide", heTitle: "מורה", addressTypes: ["Integer", "Integer"], isDefault: true }),
  leafOf({ title: "Guide, Part 1", heTitle: "מורה, חלק א", addressTypes: ["Integer", "Integer"] }),
  leafOf({ title: "Guide, Part 1, Letter-Opening", heTitle: "מורה, חלק א, פתיחה", addressTypes: ["Integer"] }),
);

function places(text: string, book = genesis): unknown {
  const parsed = parseRef(text, book);
  return parsed === null ? null : [parsed.from, parsed.to];
}

describe("English", () => {
  for (const text of ["Genesis 1:3", "Genesis.1.3", "Genesis 1.3", "genesis 1 3", "  Genesis_1:3 ", "Genesis, 1, 3"]) {
    test(`"${text}" is one verse`, () => {
      expect(places(text)).toEqual([
        [0, 2],
        [0, 2],
      ]);
    });
  }

  test("a section, and the whole book", () => {
    expect(places("Genesis 2")).toEqual([[1], [1]]);
    expect(places("Genesis")).toEqual([[], []]);
  });

  test("ranges", () => {
    const verses = [
      [0, 0],
      [0, 4],
    ];
    expect(places("Genesis 1:1-5")).toEqual(verses);
    expect(places("Genesis 1:1\u20135")).toEqual(verses);
    expect(places("Genesis 1:1 - 1:5")).toEqual(verses);
    expect(places("Genesis.1.1-Genesis.1.5")).toEqual(verses);
    expect(places("Genesis 1:31-2:2")).toEqual([
      [0, 30],
      [1, 1],
    ]);
    expect(places("Genesis 1-3")).toEqual([[0], [2]]);
  });

  for (const text of [
    "",
    "Exodus 1",
    "Genesisx 1",
    "Genesis foo",
    "Genesis 0",
    "Genesis 1:5-1",
    "Genesis 1:1-",
    "Genesis -5",
    "Genesis 1-2-3",
    "Genesis 1-2:3",
  ]) {
    test(`"${text}" is nothing in Genesis`, () => {
      expect(places(text)).toBeNull();
    });
  }

  test("the longest title wins", () => {
    expect(parseRef("Guide, Part 1 2:3", guide)?.leaf.title).toBe("Guide, Part 1");
    expect(parseRef("Guide 2:3", guide)?.leaf.title).toBe("Guide");
    expect(parseRef("Guide,_Part_1,_Letter-Opening.4-6", guide)).toMatchObject({
      leaf: { title: "Guide, Part 1, Letter-Opening" },
      from: [3],
      to: [5],
    });
    expect(parseRef("Guide, Part 7", guide)).toBeNull();
  });
});

describe("Talmud", () => {
  test("pages, lines and ranges", () => {
    expect(places("Berakhot 2a", berakhot)).toEqual([[2], [2]]);
    expect(places("Berakhot.2b.1-5", berakhot)).toEqual([
      [3, 0],
      [3, 4],
    ]);
    expect(places("Berakhot 2a-3b", berakhot)).toEqual([[2], [5]]);
    expect(places("Berakhot 2a-b", berakhot)).toEqual([[2], [3]]);
    expect(places("Berakhot 2a:5-2b:1", berakhot)).toEqual([
      [2, 4],
      [3, 0],
    ]);
  });

  test("a page without its side is both sides", () => {
    expect(places("Berakhot 2", berakhot)).toEqual([[2], [3]]);
    expect(places("Berakhot 2-3", berakhot)).toEqual([[2], [5]]);
    expect(places("ברכות ב", berakhot)).toEqual([[2], [3]]);
    expect(places("Berakhot 2:3", berakhot)).toBeNull();
  });

  for (const text of ["ברכות ב׳ א:ג׳", "ברכות ב א ג", 'ברכות ב ע"א ג', "ברכות ב, א, ג"]) {
    test(`"${text}" is line 3 of 2a`, () => {
      expect(places(text, berakhot)).toEqual([
        [2, 2],
        [2, 2],
      ]);
    });
  }
});

describe("Hebrew", () => {
  for (const text of ["בראשית ל״א:ט״ו", 'בראשית ל"א:ט"ו', "בראשית לא טו", "בראשית, לא, יה"]) {
    test(`"${text}" is Genesis 31:15`, () => {
      expect(places(text)).toEqual([
        [30, 14],
        [30, 14],
      ]);
    });
  }

  test("a range", () => {
    expect(places("בראשית א׳:ל״א-ב׳:ב׳")).toEqual([
      [0, 30],
      [1, 1],
    ]);
  });
});

describe("what is written is read", () => {
  test("English refs and URL forms of all types", () => {
    fc.assert(
      fc.property(leafAndPath(), ({ leaf, path }) => {
        const ref = formatRef(leaf, path);
        expect(parseRef(ref, treeOf(leaf))).toEqual({ leaf, from: path, to: path });
        expect(parseRef(decodeURIComponent(urlForm(leaf, ref)), treeOf(leaf))).toEqual({ leaf, from: path, to: path });
      }),
    );
  });

  test("English ranges", () => {
    fc.assert(
      fc.property(
        leafAndPath(ADDRESS_TYPES.filter((type) => type !== "Aliyah")),
        fc.nat(40),
        ({ leaf, path }, more) => {
          const to = path.map((index, level) => (level === path.length - 1 ? index + more : index));
          expect(parseRef(formatRange(leaf, path, to), treeOf(leaf))).toEqual({ leaf, from: path, to });
        },
      ),
    );
  });

  test("Hebrew refs, where the publisher's numerals are unambiguous", () => {
    fc.assert(
      fc.property(leafAndPath(ADDRESS_TYPES.filter((type) => type !== "Folio")), ({ leaf, path }) => {
        fc.pre(sectionNumbers(leaf, path).every((n) => n < 1200 || n % 1000 !== 0));
        const ref = formatHeRef(leaf, path) ?? "";
        expect(parseRef(ref, treeOf(leaf))).toEqual({ leaf, from: path, to: path });
      }),
    );
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."12ab-:. _אבקת׳״") }), (text) => {
        for (const book of [genesis, berakhot]) {
          const parsed = parseRef(`${book.title} ${text}`, book);
          if (parsed !== null) expect(parsed.from.length).toBe(parsed.to.length);
        }
      }),
    );
  });
});
