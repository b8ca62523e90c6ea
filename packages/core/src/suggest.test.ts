import { describe, expect, test } from "bun:test";
import { didYouMean, nearest } from "./suggest.ts";

const titles = [
  "Genesis",
  "Exodus",
  "Leviticus",
  "Rashi on Genesis",
  "Mishneh Torah, Repentance",
  "Mishneh Torah, Prayer",
];

describe("nearest", () => {
  test("misspelt, in any case, with _ for a space", () => {
    expect(nearest("Genisis", titles)[0]).toBe("Genesis");
    expect(nearest("LEVITICUS", titles)[0]).toBe("Leviticus");
    expect(nearest("rashi_on_genesys", titles)[0]).toBe("Rashi on Genesis");
  });

  test("by the beginning of a title, or a word in it", () => {
    expect(nearest("Mishne Torah", titles)).toEqual(["Mishneh Torah, Prayer", "Mishneh Torah, Repentance"]);
    expect(nearest("Repentance", titles)).toEqual(["Mishneh Torah, Repentance"]);
  });

  test("nothing rather than nonsense", () => {
    expect(nearest("zzzzzzzz", titles)).toEqual([]);
    expect(nearest("", titles)).toEqual([]);
  });

  test("at most as many as wanted, each once", () => {
    expect(nearest("a", ["a", "b", "c", "a", "d"], 2)).toEqual(["a", "b"]);
  });
});

test("didYouMean", () => {
  expect(didYouMean("Genisis", titles)).toBe("did you mean Genesis?");
  expect(didYouMean("Mishne Torah", titles)).toBe(
    'did you mean "Mishneh Torah, Prayer" or "Mishneh Torah, Repentance"?',
  );
  expect(didYouMean("zzzzzzzz", titles)).toBe("");
});
