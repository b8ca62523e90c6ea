import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ADDRESS_TYPES, addressType, heLabel, isAddressType, label, parseLabel } from "./address.ts";

describe("labels", () => {
  const table = [
    ["Integer", 31, "31", "ל״א"],
    ["Talmud", 1, "1a", "א׳ א"],
    ["Talmud", 2, "1b", "א׳ ב"],
    ["Talmud", 3, "2a", "ב׳ א"],
    ["Talmud", 128, "64b", "ס״ד ב"],
    ["Folio", 1, "1a", null],
    ["Folio", 4, "1d", null],
    ["Folio", 5, "2a", null],
    ["Amud", 2, "2", "ב׳"],
    ["Aliyah", 1, "First", "ראשון"],
    ["Aliyah", 7, "Seventh", "שביעי"],
    ["SeifKatan", 15, "15", "ט״ו"],
  ] as const;
  for (const [type, n, english, hebrew] of table) {
    test(`${type} ${n} is ${english}`, () => {
      expect(label(type, n)).toBe(english);
      expect(heLabel(type, n)).toBe(hebrew);
    });
  }

  test("every type reads back what it writes", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ADDRESS_TYPES), fc.integer({ min: 1, max: 100_000 }), (type, any) => {
        const n = type === "Aliyah" ? ((any - 1) % 7) + 1 : any;
        expect(parseLabel(type, label(type, n))).toBe(n);
      }),
    );
  });

  test("labels of one type differ", () => {
    for (const type of ADDRESS_TYPES) {
      const numbers = Array.from({ length: type === "Aliyah" ? 7 : 500 }, (_, index) => index + 1);
      expect(new Set(numbers.map((n) => label(type, n))).size).toBe(numbers.length);
    }
  });

  test("numbers that are none are refused", () => {
    for (const n of [0, -1, 1.5, Number.NaN, Infinity]) expect(() => label("Integer", n)).toThrow(RangeError);
    expect(() => label("Aliyah", 8)).toThrow(RangeError);
    expect(() => heLabel("Aliyah", 8)).toThrow(RangeError);
  });
});

describe("parseLabel", () => {
  test("takes capitals, spaces and the sides of an amud", () => {
    expect(parseLabel("Talmud", " 2B ")).toBe(4);
    expect(parseLabel("Folio", "2D")).toBe(8);
    expect(parseLabel("Amud", "b")).toBe(2);
    expect(parseLabel("Aliyah", "THIRD")).toBe(3);
  });

  test("gives null for what is no label of the type", () => {
    for (const text of ["", "0", "01", "-1", "1.5", "a", "2a", "1e3", "9999999999"]) {
      expect(parseLabel("Integer", text)).toBeNull();
    }
    for (const text of ["2", "0a", "2c", "a2", "2aa"]) expect(parseLabel("Talmud", text)).toBeNull();
    expect(parseLabel("Folio", "1e")).toBeNull();
    expect(parseLabel("Aliyah", "Eighth")).toBeNull();
  });
});

test("an unknown type is refused by name", () => {
  expect(isAddressType("Perek")).toBeTrue();
  expect(isAddressType("Year")).toBeFalse();
  expect(addressType("Talmud")).toBe("Talmud");
  expect(() => addressType("Year")).toThrow('address type "Year" is not known');
});
