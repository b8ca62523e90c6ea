import type { Leaf } from "@sofer/core";
import { expect, test } from "bun:test";
import { ServiceUrls, exactTitleCanBeAsked } from "./url.ts";

const leaf: Leaf = {
  title: "Rashi on Genesis",
  heTitle: "x",
  keys: [],
  order: 0,
  depth: 3,
  addressTypes: ["Perek", "Pasuk", "Integer"],
  sectionNames: [],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
};
const urls = new ServiceUrls("https://www.sefaria.org/");

test("a text URL has the normal form and a fixed order of parameters", () => {
  expect(urls.text(leaf, null, "all")).toBe("https://www.sefaria.org/api/v3/texts/Rashi_on_Genesis?version=%7Call");
  expect(urls.text(leaf, { from: [0], to: [4] }, ["B & C", "א"])).toBe(
    "https://www.sefaria.org/api/v3/texts/Rashi_on_Genesis.1-5?version=%7CB%20%26%20C&version=%7C%D7%90",
  );
  expect(urls.text({ ...leaf, addressTypes: ["Talmud"] }, { from: [2], to: [5] }, ["x"])).toContain(
    "/Rashi_on_Genesis.2a-3b?",
  );
});

test("a version title that the service cannot read is asked for with all", () => {
  for (const title of ["a_b", "a|b", "", "all"]) expect(exactTitleCanBeAsked(title)).toBe(false);
  expect(exactTitleCanBeAsked("Tanach with Nikkud, v. 2 [fr]")).toBe(true);
  expect(urls.text(leaf, null, ["good", "a_b"])).toEndWith("?version=%7Call");
});

test("titles are percent-encoded", () => {
  expect(urls.index("Who Knows?")).toBe("https://www.sefaria.org/api/v2/index/Who_Knows%3F?with_content_counts=1");
  expect(urls.versions("Tur, Orach Chaim")).toEndWith("/api/texts/versions/Tur,_Orach_Chaim");
});

test("more titles than an address can hold are asked for with all", () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `Edition number ${at}`);
  expect(urls.text(leaf, null, many(100))).toContain("version=%7CEdition%20number%2099");
  for (const titles of [many(5_000), ["x".repeat(65_536)]])
    expect(urls.text(leaf, null, titles)).toEndWith("?version=%7Call");
});
