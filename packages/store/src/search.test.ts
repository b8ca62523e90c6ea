import { expect, test } from "bun:test";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf, type SmallLibrary } from "./testing/small-library.ts";

const POINTED = "שְׁמַ֖ע יִשְׂרָאֵ֑ל";

/** The verse in Tanakh in two versions, a commentary and a code that quote it, and one that has the words apart. */
function fill(library: SmallLibrary): void {
  const { writer } = library;
  const he = versionOf("he", "Pointed");
  addBook(writer, leafOfTitle("Code"), [{ meta: he, text: [["שמע ישראל"]] }], 9, ["Halakhah"]);
  addBook(writer, leafOfTitle("On Verse"), [{ meta: he, text: [["שמע ישראל"]] }], 5, ["Tanakh", "Commentary"]);
  addBook(
    writer,
    leafOfTitle("Verse"),
    [
      { meta: he, text: [["<b>דבר</b> אחר", `${POINTED} אחד`]] },
      { meta: versionOf("he", "Plain", { license: "CC-BY" }), text: [["", "שמע ישראל אחד"]] },
      { meta: versionOf("en", "English"), text: [["Another thing", "Hear, O Israel"]] },
    ],
    0,
  );
  addBook(writer, leafOfTitle("Apart"), [{ meta: he, text: [["שמע כל העם אשר בארץ ישראל"]] }], 2);
  writer.buildIndex();
}

test("with and without marks the list is the same, the verse first, words apart last", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const plain = reader.search("שמע ישראל", { limit: 20 });
  expect(plain.map((hit) => hit.ref)).toEqual(["Verse 1:2", "On Verse 1:1", "Code 1:1", "Apart 1:1"]);
  expect(reader.search("שְׁמַע יִשְׂרָאֵל", { limit: 20 })).toEqual(plain);
  expect(plain[0]).toMatchObject({
    heRef: "ספר Verse א׳:ב׳",
    title: "Verse",
    url: "https://www.sefaria.org/Verse.1.2",
  });
  expect(plain[0]?.versions.map((version) => [version.versionTitle, version.license])).toEqual([
    ["Plain", "CC-BY"],
    ["Pointed", "Public Domain"],
  ]);
  expect(reader.search("שמע ישראל", { limit: 1 })).toEqual(plain.slice(0, 1));
  reader.close();
});

test("filters, quoted phrases, and queries without a word", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const refs = (query: string, options = {}) => reader.search(query, { limit: 20, ...options }).map((hit) => hit.ref);
  expect(refs("hear israel", { languages: ["en"] })).toEqual(["Verse 1:2"]);
  expect(refs("hear israel", { languages: ["he"] })).toEqual([]);
  expect(refs("שמע", { titles: ["Apart", "Code"] }).toSorted()).toEqual(["Apart 1:1", "Code 1:1"]);
  expect(refs("שמע ישראל", { licenses: ["CC-BY"] })).toEqual(["Verse 1:2"]);
  expect(refs("שמע ישראל", { licenses: ["CC0", ""] })).toEqual([]);
  const [hit] = reader.search("שמע ישראל", { limit: 1, licenses: ["CC-BY"] });
  expect(hit?.versions.map((version) => version.license)).toEqual(["CC-BY"]);
  expect(refs('"שמע ישראל"')).not.toContain("Apart 1:1");
  for (const query of ["", " ", '"', "***", "NOT", "a OR (", '"שמע']) expect(() => refs(query)).not.toThrow();
  expect(refs("***")).toEqual([]);
  reader.close();
});

test("the index is built in one go or after a stop, and every text is in it once", () => {
  using library = smallLibrary();
  const { writer } = library;
  addBook(writer, leafOfTitle("Aleph"), [{ meta: versionOf("en", "V"), text: [["one word", "two words"]] }]);
  expect(writer.buildIndex()).toBe(2);
  addBook(writer, leafOfTitle("Bet"), [{ meta: versionOf("en", "V"), text: [["three words"]] }], 1);
  const slices: number[] = [];
  expect(writer.buildIndex((rows) => slices.push(rows))).toBe(1);
  expect(slices).toEqual([1]);
  expect(writer.buildIndex()).toBe(0);
  const reader = openLibrary(library.path);
  expect(reader.counts()).toMatchObject({ texts: 3, indexed: 3 });
  reader.close();
});
