import { expect, test } from "bun:test";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

const he = versionOf("he", "ב", { license: "CC-BY" });
const en = versionOf("en", "A", { license: "" });

test("a place with what it is linked with, from either side: texts and licences, what dangles, what is beyond", () => {
  using library = smallLibrary();
  const { writer } = library;
  const rashi = leafOfTitle("Rashi", { depth: 3, addressTypes: ["Integer", "Integer", "Integer"] });
  addBook(writer, leafOfTitle("Genesis"), [{ meta: he, text: [["א", "ב", "ג", "ד"]] }], 1);
  addBook(
    writer,
    rashi,
    [
      { meta: he, text: [[["רש״י א"]]] },
      { meta: en, text: [[["Rashi one"]]] },
    ],
    2,
  );
  writer.startLinks("links0.csv", "1");
  writer.addLinks("links0.csv", [
    { refs: ["Zohar 1:1", "Genesis 1:1"], type: "Commentary" },
    { refs: ["Rashi 1:1:1", "Genesis 1:1"], type: "commentary" },
    { refs: ["Rashi 1:9", "Genesis 1:1-2"], type: "commentary" },
    { refs: ["Genesis 1:1", "Genesis 1"], type: "" },
    { refs: ["Genesis 1:2", "Rashi 1:1:1"], type: "midrash" },
  ]);
  writer.resolveLinks(1);
  const reader = openLibrary(library.path);
  const found = reader.expand("Genesis", "Genesis 1:1", { types: ["commentary"], limit: 10 });
  expect(found).toEqual({
    total: 3,
    links: [
      {
        path: ["Genesis 1:1", "commentary", "Rashi 1:1:1"],
        here: "Genesis 1:1",
        ref: "Rashi 1:1:1",
        type: "commentary",
        state: "placed",
        title: "Rashi",
        texts: [
          { ref: "Rashi 1:1:1", language: "he", versionTitle: "ב", license: "CC-BY", text: "רש״י א" },
          { ref: "Rashi 1:1:1", language: "en", versionTitle: "A", license: "", text: "Rashi one" },
        ],
        isCut: false,
        url: "https://www.sefaria.org/Rashi.1.1.1",
      },
      {
        path: ["Genesis 1:1", "commentary", "Rashi 1:9"],
        here: "Genesis 1:1-2",
        ref: "Rashi 1:9",
        type: "commentary",
        state: "beyond",
        title: "Rashi",
        texts: [],
        isCut: false,
        url: "https://www.sefaria.org/Rashi.1.9",
      },
      {
        path: ["Genesis 1:1", "Commentary", "Zohar 1:1"],
        here: "Genesis 1:1",
        ref: "Zohar 1:1",
        type: "Commentary",
        state: "unknown-book",
        title: null,
        texts: [],
        isCut: false,
        url: null,
      },
    ],
  });
  // Both sides of a link inside one place are seen; a long other side is cut.
  const all = reader.expand("Genesis", "Genesis 1:1", { types: null, limit: 1, languages: ["he"] });
  expect(all.total).toBe(5);
  const untyped = reader.expand("Genesis", "Genesis 1:1", { types: [""], limit: 9 });
  expect(untyped.links.map((link) => [link.ref, link.texts.length, link.isCut])).toEqual([
    ["Genesis 1", 3, true],
    ["Genesis 1:1", 1, false],
  ]);
  const licensed = reader.expand("Rashi", "Rashi 1:1:1", { types: null, limit: 9, licenses: ["CC0"] });
  expect(licensed.links.map((link) => [link.ref, link.texts.length])).toEqual([
    ["Genesis 1:1", 0],
    ["Genesis 1:2", 0],
  ]);
  expect(reader.expand("Nowhere", "Nowhere 1", { types: null, limit: 9 })).toEqual({ total: 0, links: [] });
  reader.close();
});
