import { expect, test } from "bun:test";
import { licensesOf } from "./licenses.ts";

test.each([
  [["open"], ["Public Domain", "CC0", "CC-BY", "CC-BY-SA"]],
  [
    ["Public-Domain", "CC0"],
    ["Public Domain", "CC0"],
  ],
  [["unknown"], ["unknown", ""]],
  [
    ["cc-by", "Copyright: A Publisher"],
    ["CC-BY", "Copyright: A Publisher"],
  ],
  [
    ["open", "unknown", "CC-BY-NC"],
    ["Public Domain", "CC0", "CC-BY", "CC-BY-SA", "unknown", "", "CC-BY-NC"],
  ],
  [["constructor"], ["constructor"]],
])("%j", (words, licenses) => {
  expect(licensesOf(words)).toEqual(licenses);
  expect(licensesOf(licensesOf(words))).toEqual(licenses);
});
