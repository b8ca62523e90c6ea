import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { hebrewNumeral, parseHebrewNumeral } from "./hebrew-numeral.ts";

describe("hebrewNumeral", () => {
  const table: readonly (readonly [number, string])[] = [
    [1, "א׳"],
    [10, "י׳"],
    [11, "י״א"],
    [15, "ט״ו"],
    [16, "ט״ז"],
    [115, "קט״ו"],
    [270, "ע״ר"],
    [272, "ער״ב"],
    [275, "ער״ה"],
    [298, "רצ״ח"],
    [304, "ש״ד"],
    [400, "ת׳"],
    [500, "ת״ק"],
    [670, "תע״ר"],
    [1000, "תת״ר"],
    [1199, "תתשצ״ט"],
    [1200, "א׳ר"],
    [1201, "א׳ר״א"],
    [2000, "ב׳"],
    [2005, "ב׳ה"],
    [2015, "ב׳ט״ו"],
    [5983, "ה׳תתקפ״ג"],
    [643492, "תרמג׳תצ״ב"],
  ];
  for (const [n, text] of table) {
    test(`${n} is ${text}`, () => {
      expect(hebrewNumeral(n)).toBe(text);
    });
  }

  test("1 to 3000 differ, but for round thousands, which the publisher writes as units", () => {
    const seen = new Map<string, number>();
    for (let n = 1; n <= 3000; n++) {
      const text = hebrewNumeral(n);
      if (n === 2000 || n === 3000) expect(seen.get(text)).toBe(n / 1000);
      else expect(seen.has(text)).toBeFalse();
      seen.set(text, n);
    }
  });

  test("what is no section number is refused", () => {
    for (const n of [0, -3, 2.5, Number.NaN, Infinity]) expect(() => hebrewNumeral(n)).toThrow(RangeError);
  });
});

describe("parseHebrewNumeral", () => {
  const sectionNumber = fc.integer({ min: 1, max: 999_999 }).filter((n) => n < 1200 || n % 1000 !== 0);

  test("reads back what is written", () => {
    fc.assert(fc.property(sectionNumber, (n) => expect(parseHebrewNumeral(hebrewNumeral(n))).toBe(n)));
  });

  test("reads it without marks and with typewriter marks, below the thousands", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1199 }), (n) => {
        const text = hebrewNumeral(n);
        expect(parseHebrewNumeral(text.replace(/[׳״]/g, ""))).toBe(n);
        expect(parseHebrewNumeral(text.replace("׳", "'").replace("״", '"'))).toBe(n);
        expect(parseHebrewNumeral(text.replace("״", "''"))).toBe(n);
      }),
    );
  });

  test("reads letters that were not turned round, and final letters", () => {
    expect(parseHebrewNumeral("יה")).toBe(15);
    expect(parseHebrewNumeral("רע״ה")).toBe(275);
    expect(parseHebrewNumeral("ף")).toBe(80);
    expect(parseHebrewNumeral("תתש״ך")).toBe(1120);
  });

  test("does not take a word for a number", () => {
    for (const text of ["", "׳", "״", "שלום", "אב", "2", "a", "ב׳ א", "אא"])
      expect(parseHebrewNumeral(text)).toBeNull();
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."אבגיכלקרשת׳״'\" 1a") }), (text) => {
        const n = parseHebrewNumeral(text);
        expect(n === null || (Number.isSafeInteger(n) && n > 0)).toBeTrue();
      }),
    );
  });
});
