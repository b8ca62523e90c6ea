import { expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import * as v from "valibot";
import { anyObject, checker, natural } from "./check.ts";

const check = checker(
  v.object({ pages: v.array(v.object({ size: natural })), more: v.optional(anyObject) }),
  "the listing",
);

test("what has the form is given back as it came, with the fields that nobody described", () => {
  const answer = { pages: [{ size: 3, name: "a" }], more: { of: "this" }, at: 1 };
  expect(check(answer)).toBe(answer);
  expect(answer).toEqual({ pages: [{ size: 3, name: "a" }], more: { of: "this" }, at: 1 });
});

test.each([
  ["a field of another kind", { pages: [{ size: 1 }, { size: "2" }] }, "pages.1.size: "],
  ["a count below nothing", { pages: [{ size: -1 }] }, "pages.0.size: "],
  ["a fraction for a count", { pages: [{ size: 0.5 }] }, "pages.0.size: "],
  ["a missing field", {}, "pages: "],
  ["an array for an object", { pages: [], more: [] }, "more: "],
  ["null for an object", { pages: [], more: null }, "more: "],
  ["nothing at all", null, "the whole: "],
])("%s is refused by its place", (_name, answer, place) => {
  const thrown = (() => {
    try {
      return check(answer, "http://127.0.0.1/list");
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(SoferError);
  expect(thrown).toMatchObject({ code: "wire-shape", url: "http://127.0.0.1/list" });
  expect(String(thrown)).toContain(`the listing has an unknown form: ${place}`);
});
