import { describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { ADDRESS_TYPES, heLabel, label, parseLabel } from "./address.ts";
import { hebrewNumeral, parseHebrewNumeral } from "./hebrew-numeral.ts";
import { MAX_DEPTH, places, placesOfRange } from "./jagged-array.ts";
import { RefIndex } from "./ref-index.ts";
import { parseRef, parseSections } from "./ref-parse.ts";
import { formatHeRef, formatRange, formatRef, urlForm } from "./ref.ts";
import { comparePaths } from "./jagged-array.ts";
import { resolveSettings } from "./settings.ts";
import {
  MAX_SLOTS,
  normaliseShape,
  sectionSlotCounts,
  shapeAt,
  shapeOf,
  slotCount,
  slots,
  unionShape,
} from "./shape.ts";
import { leafAndPath, leafOf, treeOf } from "./testing/arbitrary.ts";
import { fuzzing, typedOnly } from "./testing/fuzz.ts";
import { resolveTitles } from "./titles.ts";

setDefaultTimeout(900_000);

/** Strings that parsers trip over, among all others. */
const word = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    ":",
    "-",
    "–",
    ",",
    ".",
    "_",
    "1",
    "2a",
    "2b",
    "17b",
    "0",
    "-1",
    "99999999999",
    "א",
    "ט״ו",
    "קי״ט",
    "דף",
    "Genesis",
    "Book",
    "Generated Book",
    "ב׳ א",
    "\u0000",
    "\ud800",
    "__proto__",
    "First",
    "9".repeat(400),
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const phrase = fc.array(word, { maxLength: 8 }).map((words) => words.join(""));

/** Nested lists of anything, as a text may be published. */
const jagged = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    {
      weight: 3,
      arbitrary: fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom("", " ", null, 0, 1e308, true)),
    },
    { weight: 5, arbitrary: fc.array(tie("any"), { maxLength: 5 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 4 }), tie("any"), { maxKeys: 2 }) },
  ),
})).any;

/** Strings that are not blank, wherever lists alone lead to them; counted by itself. */
function textsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textsIn(item), 0);
  return typeof value === "string" && value.trim() !== "" ? 1 : 0;
}

describe("jagged arrays", () => {
  test("every string is one place, in reading order, whatever the nesting", () => {
    fc.assert(
      fc.property(jagged, fc.integer({ min: 1, max: 5 }), (text, depth) => {
        const found = [...places(text, depth)];
        expect(found.filter(({ kind }) => kind === "text")).toHaveLength(textsIn(text));
        for (let at = 1; at < found.length; at++) {
          expect(comparePaths(found[at - 1]?.path ?? [], found[at]?.path ?? [])).toBeLessThan(0);
        }
      }),
      fuzzing(300),
    );
  });

  test("a part of a leaf keeps them too", () => {
    const range = fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(jagged, fc.integer({ min: 1, max: 4 }), range, (text, depth, [from, to]) => {
        const found = [...placesOfRange(text, depth, [from], [to])];
        expect(found.filter(({ kind }) => kind === "text")).toHaveLength(textsIn(text));
      }),
      fuzzing(200),
    );
  });

  test("nested without end: a RangeError, not a broken stack", () => {
    let deep: unknown = "text";
    for (let level = 0; level < 5_000; level++) deep = [deep];
    expect(typedOnly(() => [...places(deep, 2)], RangeError)).toHaveProperty(
      "message",
      expect.stringContaining(`${MAX_DEPTH} levels`),
    );
  });
});

describe("shapes", () => {
  const counts = fc.oneof(
    jagged,
    fc.array(fc.oneof(fc.integer(), fc.double(), fc.array(fc.nat(30), { maxLength: 5 })), { maxLength: 6 }),
  );

  test("whatever is published as counts is a shape, whose slots can be counted and named", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 5 }), (published, depth) => {
        const shape = normaliseShape(published, depth);
        const promised = slotCount(shape);
        expect(Number.isSafeInteger(promised) && promised >= 0).toBe(true);
        if (promised > 5_000) return;
        const named = [...slots(shape)];
        expect(named).toHaveLength(promised);
        for (const path of named) expect(path).toHaveLength(depth);
        expect(sectionSlotCounts(shape).reduce((sum, count) => sum + count, 0)).toBe(promised);
        expect(unionShape(shape, shape)).toEqual(shape);
        for (const path of named.slice(0, 3)) expect(shapeAt(shape, path)).toBe(1);
      }),
      fuzzing(300),
    );
    expect(slotCount(normaliseShape(Number.MAX_SAFE_INTEGER, 1))).toBeGreaterThan(MAX_SLOTS);
  });

  test("the union of two texts promises at least what each has", () => {
    fc.assert(
      fc.property(jagged, jagged, fc.integer({ min: 1, max: 4 }), (a, b, depth) => {
        const [left, right] = [shapeOf(a, depth), shapeOf(b, depth)];
        expect(slotCount(unionShape(left, right))).toBeGreaterThanOrEqual(Math.max(slotCount(left), slotCount(right)));
      }),
      fuzzing(200),
    );
  });
});

describe("refs, ranges, addresses", () => {
  test("what is written is read again, also when a letter of it is changed", () => {
    const change = fc.record({ at: fc.nat(60), drop: fc.nat(3), put: word });
    fc.assert(
      fc.property(leafAndPath(), fc.array(change, { maxLength: 3 }), ({ leaf, path }, changes) => {
        let ref: string = formatRef(leaf, path);
        formatHeRef(leaf, path);
        urlForm(leaf, formatRange(leaf, path, path));
        const index = new RefIndex([
          { title: leaf.title, titleVariants: [], leaves: [{ leaf }], virtualNodes: [], nodeTitles: {} },
        ]);
        expect(index.find(ref)).toHaveProperty("from");
        for (const { at, drop, put } of changes) ref = ref.slice(0, at) + put + ref.slice(at + drop);
        const found = index.find(ref);
        if ("none" in found) return;
        expect(found.from).toHaveLength(found.to.length);
        expect(comparePaths(found.from, found.to)).toBeLessThanOrEqual(0);
        // What it names can be written.
        if (found.from.every(Number.isSafeInteger))
          typedOnly(() => formatRange(leaf, found.from, found.to), RangeError);
      }),
      fuzzing(300),
    );
  });

  test("words that are no refs are read as none, or as a place in order", () => {
    const tree = treeOf(leafOf({ title: "Book", addressTypes: ["Talmud", "Integer"] }));
    const leaf = leafOf({ addressTypes: ["Perek", "Folio", "Aliyah"] });
    fc.assert(
      fc.property(phrase, (text) => {
        parseRef(text, tree);
        parseRef(`Book ${text}`, tree);
        const found = parseSections(text, leaf);
        if (found !== null) expect(comparePaths(found.from, found.to)).toBeLessThanOrEqual(0);
      }),
      fuzzing(500),
    );
  });

  test("labels of any text and of any number", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ADDRESS_TYPES),
        phrase,
        fc.oneof(fc.integer(), fc.double(), fc.nat(5_000)),
        (type, text, n) => {
          const read = parseLabel(type, text);
          if (read !== null) expect(Number.isSafeInteger(read) && read > 0).toBe(true);
          const written = typedOnly(() => label(type, n), RangeError);
          typedOnly(() => heLabel(type, n), RangeError);
          if (typeof written === "string") expect(parseLabel(type, written) ?? n).toBe(n);
        },
      ),
      fuzzing(500),
    );
  });

  test("Hebrew numerals", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."אבגדהוזחטיכלמנסעפצקרשתךםןףץ׳״'\" ־"), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(letters, phrase), fc.oneof(fc.integer(), fc.double()), (text, n) => {
        const read = parseHebrewNumeral(text);
        if (read !== null) expect(Number.isSafeInteger(read) && read > 0).toBe(true);
        typedOnly(() => hebrewNumeral(n), RangeError);
      }),
      fuzzing(500),
    );
  });
});

describe("words of the user", () => {
  const entry = (title: string, order: number) => ({
    title,
    heTitle: "ספר",
    categories: ["A", "B"],
    order,
    dependence: null,
    baseTitles: [],
  });
  const contents = ["Genesis", "Book", "__proto__", "A", "constructor"].map(entry);

  test("titles: found, or wrong usage", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            phrase,
            phrase.map((text) => `category:${text}`),
          ),
          { maxLength: 4 },
        ),
        (names) => {
          typedOnly(() => resolveTitles(names, contents, { commentaries: true }));
        },
      ),
      fuzzing(200),
    );
  });

  test("settings: taken, or wrong usage", () => {
    const value = fc.oneof(phrase, fc.jsonValue({ maxDepth: 2 }), fc.double());
    const name = fc.constantFrom(
      "rate",
      "titles",
      "versions",
      "max-workers",
      "no-resume",
      "base-url",
      "bucket-url",
      "languages",
      "limit",
      "config",
      "__proto__",
      "max-delete",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (pairs) => {
        typedOnly(() => resolveSettings({ file: Object.fromEntries(pairs) }, "ingest"));
      }),
      fuzzing(300),
    );
  });
});
