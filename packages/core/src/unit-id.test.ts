import { expect, test } from "bun:test";
import { textUnitId, versionsOfTextUnit, WIDENED } from "./unit-id.ts";

test.each([
  ["Genesis", null, "all"],
  ["Genesis", { from: [0], to: [19] }, "all"],
  ["Rashi on Genesis", { from: [3, 0], to: [3, 8] }, ["Torat Emet 357", "On Your Way: new"]],
  ["Book, Part 1: a", null, ["x"]],
] as const)("a text unit of %s says which versions it asked for", (title, range, versions) => {
  const id = textUnitId(title, range, versions);
  expect(versionsOfTextUnit(id, title)).toEqual(versions === "all" ? "all" : [...versions]);
  expect(versionsOfTextUnit(`${id}${WIDENED}`, title)).toBe("all");
  expect(versionsOfTextUnit(id, "Rashi")).toBeNull();
  expect(versionsOfTextUnit(`outline:${title}`, title)).toBeNull();
});
