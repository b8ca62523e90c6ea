import { expect, test } from "bun:test";
import { WHITE_SPACE } from "./white-space.ts";

test("are the units that the language's expressions take for white space", () => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => unit);
  expect(WHITE_SPACE).toEqual(units.filter((unit) => /^\s$/.test(String.fromCharCode(unit))));
});
