import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { printable, printableJson, printableLines } from "./printable.ts";

const OBEYED = /(?!\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

test.each([
  ["a window's title", "\u001b]0;pwned\u0007Genesis", "\\u001b]0;pwned\\u0007Genesis"],
  ["colours, by the one-letter form too", "\u001b[31mred\u009b0m", "\\u001b[31mred\\u009b0m"],
  ["a line of ours", "Genesis\nsofer: done and whole", "Genesis sofer: done and whole"],
  ["the line written over", "Genesis\rDone", "Genesis Done"],
  ["the rest turned around", "a\u202eb\u2066c", "a\\u202eb\\u2066c"],
  ["Hebrew with its marks, and a joiner", "בְּרֵאשִׁית\u200d 😀", "בְּרֵאשִׁית\u200d 😀"],
  ["half a pair", "a\ud83d", "a\\ud83d"],
])("%s", (_what, text, shown) => expect(printable(text)).toBe(shown));

test("lines stay lines where they are ours", () => {
  expect(printableLines("a\n\tb\r\nc\u001b[2J")).toBe("a\n\tb\nc\\u001b[2J");
});

test("an endless title is cut, not in the middle of a letter", () => {
  expect(printable("x".repeat(70_000)).length).toBe(1_001);
  expect(printable(`${"x".repeat(999)}😀😀`)).toBe(`${"x".repeat(999)}…`);
});

test("nothing that is obeyed comes through, and JSON stays the same value", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      expect(printable(text)).not.toMatch(OBEYED);
      expect(printable(text)).not.toContain("\n");
      const json = printableJson(JSON.stringify({ text }));
      expect(json).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(json)).toEqual({ text });
    }),
    { numRuns: 150 },
  );
});
