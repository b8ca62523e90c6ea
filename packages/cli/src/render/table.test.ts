import { expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import { errorLine, exitCodeOf } from "./messages.ts";
import { bytes, count, duration, table } from "./table.ts";

test("numbers as people read them", () => {
  expect([count(0), count(999), count(1000), count(3_550_000)]).toEqual(["0", "999", "1,000", "3,550,000"]);
  expect([bytes(0), bytes(999), bytes(1_500), bytes(20_000_000)]).toEqual(["0 B", "999 B", "1.5 KB", "20 MB"]);
  expect([duration(1.24), duration(42), duration(185), duration(7_800), duration(Number.NaN)]).toEqual([
    "1.2s",
    "42s",
    "3m 05s",
    "2h 10m",
    "?",
  ]);
});

test("a table pads words to the right and numbers to the left, by what is seen", () => {
  const shown = table(
    ["book", "texts"],
    [
      ["שמות", 1_234],
      ["Ruth", 5],
    ],
  );
  expect(shown).toBe(["book  texts", "שמות  1,234", "Ruth      5"].join("\n"));
});

test("an error is one line, with the way out", () => {
  const error = new SoferError("locked", "another run\n has the library", { hint: "wait for it" });
  expect(errorLine(error)).toBe("sofer: another run has the library (wait for it)");
  expect(exitCodeOf(error)).toBe(4);
  expect(errorLine(new TypeError("x is not a function"))).toBe(
    "sofer: unexpected: TypeError: x is not a function (--verbose shows where)",
  );
  expect(exitCodeOf("anything")).toBe(1);
});
