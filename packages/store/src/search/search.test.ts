import { describe, expect, test } from "bun:test";
import { openLibrary } from "../reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf, type SmallLibrary } from "../testing/small-library.ts";
import type { SearchRequest } from "./api.ts";

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

/** A library of one book with these Hebrew segments in one chapter, searched. */
function searchOf(texts: readonly string[], query: string, more: Partial<SearchRequest> = {}) {
  using library = smallLibrary();
  const verses = { meta: versionOf("he", "V"), text: [texts] };
  addBook(library.writer, leafOfTitle("Book"), [verses], 0, ["Halakhah"]);
  library.writer.buildIndex();
  const reader = openLibrary(library.path);
  try {
    return reader.search({ query, limit: 20, grouping: "segment", ...more });
  } finally {
    reader.close();
  }
}

const refsOf = (answer: { readonly hits: readonly { readonly ref: string }[] }) => answer.hits.map((hit) => hit.ref);

test("with and without marks the list is the same, the verse first, words apart last", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const plain = reader.search({ query: "שמע ישראל", limit: 20 });
  expect(refsOf(plain)).toEqual(["Verse 1:2", "On Verse 1:1", "Code 1:1", "Apart 1:1"]);
  expect(reader.search({ query: "שְׁמַע יִשְׂרָאֵל", limit: 20 }).hits).toEqual([...plain.hits]);
  expect(plain).toMatchObject({ engine: "lexical", warnings: [], isBounded: false, readAs: "שמע AND ישראל" });
  // Five texts: the verse has two.
  expect(plain.total).toEqual({ texts: 5, isAtLeast: false });
  expect(plain.hits[0]).toMatchObject({
    heRef: "ספר Verse א׳:ב׳",
    title: "Verse",
    heTitle: "ספר Verse",
    categories: ["Tanakh", "Torah"],
    why: [{ by: "lexical", rank: 1, missing: [] }],
    passage: { ref: "Verse 1:2", refs: ["Verse 1:2"] },
    url: "https://www.sefaria.org/Verse.1.2",
  });
  expect(plain.hits[0]?.versions.map((version) => [version.versionTitle, version.license])).toEqual([
    ["Plain", "CC-BY"],
    ["Pointed", "Public Domain"],
  ]);
  expect(reader.search({ query: "שמע ישראל", limit: 1 }).hits).toEqual(plain.hits.slice(0, 1));
  reader.close();
});

test("highlights are places in the display text, niqqud kept; the stored text comes along unchanged", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const pointed = reader.search({ query: "שמע ישראל", limit: 1 }).hits[0]?.versions[1];
  expect(pointed?.text).toBe(`${POINTED} אחד`);
  expect(pointed?.displayText).toBe("שְׁמַע יִשְׂרָאֵל אחד");
  expect(pointed?.highlights.map(([start, end]) => pointed.displayText.slice(start, end))).toEqual(["שְׁמַע", "יִשְׂרָאֵל"]);
  expect(pointed?.snippet).toMatchObject({ text: "שְׁמַע יִשְׂרָאֵל אחד", isCut: [false, false], isFootnote: false });
  reader.close();
});

test("what stands in a footnote is found and shown as one", () => {
  const raw = 'running text<sup class="footnote-marker">1</sup><i class="footnote">a hidden remark</i> goes on';
  const version = searchOf([raw], "hidden").hits[0]?.versions[0];
  expect(version?.highlights).toEqual([]);
  expect(version?.snippet).toMatchObject({ text: "a hidden remark", highlights: [[2, 8]], isFootnote: true });
});

describe("prefix letters", () => {
  const texts = ["ובישראל היה", "ישראל היה", "וישראל היה", "לישראל היה", "אחר היה", "רישראל היה"];

  test("are optional, and what has the word as it is comes first", () => {
    const answer = searchOf(texts, "ישראל");
    expect(refsOf(answer)[0]).toBe("Book 1:2");
    expect(refsOf(answer).toSorted()).toEqual(["Book 1:1", "Book 1:2", "Book 1:3", "Book 1:4"]);
    expect(answer.total.texts).toBe(4);
    const scores = answer.hits.map((hit) => hit.score);
    expect(Math.min(scores[0] ?? 0, 1)).toBe(1);
    expect(Math.max(...scores.slice(1))).toBeLessThan(1);
  });

  test("of the query are taken away only while little is found", () => {
    expect(refsOf(searchOf(texts, "בישראל"))).toEqual(["Book 1:1", "Book 1:2", "Book 1:3", "Book 1:4"]);
    expect(refsOf(searchOf(Array.from({ length: 6 }, () => "בישראל").concat("ישראל"), "בישראל"))).toHaveLength(6);
  });

  test("are not added to exact words, and phrases take them in front only", () => {
    expect(refsOf(searchOf(texts, "ישראל", { isExact: true }))).toEqual(["Book 1:2"]);
    const answer = searchOf(["שמע ישראל", "ושמע ישראל", "שמע וישראל"], '"שמע ישראל"');
    expect(refsOf(answer)).toEqual(["Book 1:1", "Book 1:2"]);
  });
});

describe("exact words", () => {
  const texts = ["שְׁמַ֖ע נא", "שְׁמַע נא", "שֶׁמַע נא", "שמע נא", "מלכ", "מלך", "Lamp", "lamp"];
  const exact = (query: string) => refsOf(searchOf(texts, query, { isExact: true })).toSorted();

  test("are compared with the stored text, by the kinds of marks that the query has", () => {
    expect(exact("שמע")).toEqual(["Book 1:1", "Book 1:2", "Book 1:3", "Book 1:4"]);
    expect(exact("שְׁמַע")).toEqual(["Book 1:1", "Book 1:2"]);
    expect(exact("שֶׁמַע")).toEqual(["Book 1:3"]);
    expect(exact("שְׁמַ֖ע")).toEqual(["Book 1:1"]);
    expect(exact("שְׁמַ֣ע")).toEqual([]);
  });

  test("final letters and letter case count", () => {
    expect(exact("מלך")).toEqual(["Book 1:6"]);
    expect(exact("מלכ")).toEqual(["Book 1:5"]);
    expect(exact("Lamp")).toEqual(["Book 1:7"]);
  });

  test("with operators: alternatives, exclusions by how they are written, NEAR, phrases", () => {
    expect(exact("שֶׁמַע OR מלך")).toEqual(["Book 1:3", "Book 1:6"]);
    expect(exact("נא -שְׁמַע")).toEqual(["Book 1:3", "Book 1:4"]);
    expect(exact('"שְׁמַ֖ע נא"')).toEqual(["Book 1:1"]);
    expect(exact("NEAR(נא שֶׁמַע, 0)")).toEqual(["Book 1:3"]);
    const apart = ["שְׁמַע אחד שמע נא"];
    expect(refsOf(searchOf(apart, "NEAR(שְׁמַע נא, 1)", { isExact: true }))).toEqual([]);
    expect(refsOf(searchOf(apart, "NEAR(שְׁמַע נא, 2)", { isExact: true }))).toEqual(["Book 1:1"]);
  });

  test("only what is written so is highlighted", () => {
    const version = searchOf(["שמע שְׁמַ֖ע"], "שְׁמַע", { isExact: true }).hits[0]?.versions[0];
    expect(version?.highlights.map(([start, end]) => version.displayText.slice(start, end))).toEqual(["שְׁמַע"]);
  });
});

describe("the language of queries", () => {
  const texts = ["lamp oil wick", "oil for the lamp", "wick alone", "lampstand of gold", "the lamp a b c d e oil"];
  test.each([
    ["lamp oil", ["Book 1:1", "Book 1:2", "Book 1:5"]],
    ['"lamp oil"', ["Book 1:1"]],
    ["lamp -wick", ["Book 1:2", "Book 1:5"]],
    ["wick OR lampstand", ["Book 1:1", "Book 1:3", "Book 1:4"]],
    ["(wick OR gold) -oil", ["Book 1:3", "Book 1:4"]],
    ["lamp*", ["Book 1:1", "Book 1:2", "Book 1:4", "Book 1:5"]],
    ["NEAR(lamp oil, 2)", ["Book 1:1", "Book 1:2"]],
    ["LAMP NOT wick NOT for", ["Book 1:5"]],
  ])("%s", (query, refs) => expect(refsOf(searchOf(texts, query)).toSorted()).toEqual(refs));

  test("side by side and in order goes before apart", () => {
    expect(refsOf(searchOf(texts, "lamp oil"))[0]).toBe("Book 1:1");
    expect(refsOf(searchOf(texts, "the lamp"))[0]).toBe("Book 1:2");
  });

  test("where no text has all the words, those that have most come, and say what they lack", () => {
    const answer = searchOf(texts, "golden lampstand gold");
    expect(refsOf(answer)).toEqual(["Book 1:4"]);
    expect(answer.hits[0]?.why).toEqual([{ by: "lexical", rank: 1, missing: ["golden"] }]);
    expect(answer.warnings).toMatchObject([{ code: "words-missing", message: 'no text has "golden"', at: [0, 6] }]);
    expect(answer.total).toEqual({ texts: 0, isAtLeast: false });
  });

  test("a phrase stays needed, and so does what OR and NEAR say; beside a cited place nothing may lack words", () => {
    expect(refsOf(searchOf(texts, '"lamp oil" golden wicks'))).toEqual([]);
    expect(refsOf(searchOf(texts, '"lampstand of" golden gold'))).toEqual(["Book 1:4"]);
    expect(refsOf(searchOf(texts, "(golden OR silver) lampstand gold"))).toEqual([]);
    expect(refsOf(searchOf(texts, "Book 1:3"))).toEqual(["Book 1:3"]);
  });

  test("odd queries are answered with a warning; what cannot be is wrong usage", () => {
    for (const query of ["", " ", "***", "׃"]) {
      const answer = searchOf(texts, query);
      expect(answer.hits).toEqual([]);
      expect(answer.warnings).toMatchObject([{ code: "no-words" }]);
    }
    expect(searchOf(texts, '"lamp oil').warnings).toMatchObject([{ code: "syntax", at: [0, 1] }]);
    expect(() => searchOf(texts, "-lamp")).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  });
});

describe("a ref that is typed", () => {
  test.each([
    ["Verse 1:2", "Verse 1:2"],
    ["verse 1.2", "Verse 1:2"],
    ["Verse_1.2", "Verse 1:2"],
    ["ספר Verse א ב", "Verse 1:2"],
    ["ספר Verse א׳:ב׳", "Verse 1:2"],
    ["Verse 1", "Verse 1"],
    ["Verse 1:1-2", "Verse 1:1-2"],
  ])("%s answers with its place first", (query, ref) => {
    using library = smallLibrary();
    fill(library);
    const reader = openLibrary(library.path);
    const [first] = reader.search({ query, limit: 5 }).hits;
    expect(first).toMatchObject({ ref, title: "Verse", why: [{ by: "ref", cited: query }] });
    expect(first?.versions.length).toBeGreaterThan(0);
    reader.close();
  });

  test("other versions than those asked for are not shown, and a place without any is no hit", () => {
    using library = smallLibrary();
    fill(library);
    const reader = openLibrary(library.path);
    const [first] = reader.search({ query: "Verse 1:2", limit: 5, languages: ["en"] }).hits;
    expect(first?.versions.map((version) => version.versionTitle)).toEqual(["English"]);
    expect(reader.search({ query: "Verse 1:2", limit: 5, titles: ["Code"] }).hits).toEqual([]);
    reader.close();
  });

  test("a book's name alone, and a place that has no text, are said", () => {
    using library = smallLibrary();
    fill(library);
    const reader = openLibrary(library.path);
    expect(reader.search({ query: "Verse", limit: 5 }).warnings).toMatchObject([{ code: "book-title" }]);
    expect(reader.search({ query: "Verse 99", limit: 5 }).warnings).toMatchObject([{ code: "no-such-place" }]);
    reader.close();
  });
});

describe("filters", () => {
  const filtered = (request: Partial<SearchRequest>) => {
    using library = smallLibrary();
    fill(library);
    const reader = openLibrary(library.path);
    try {
      return reader.search({ query: "שמע ישראל", limit: 20, ...request });
    } finally {
      reader.close();
    }
  };

  test.each([
    [{ query: "hear israel", languages: ["en"] }, ["Verse 1:2"]],
    [{ query: "hear israel", languages: ["he"] }, []],
    [{ query: "שמע", titles: ["Apart", "Code"] }, ["Apart 1:1", "Code 1:1"]],
    [{ licenses: ["CC-BY"] }, ["Verse 1:2"]],
    [{ categories: ["halakhah"] }, ["Code 1:1"]],
    [{ categories: ["Tanakh/Torah"] }, ["Verse 1:2", "Apart 1:1"]],
    [{ categories: ["Commentary"] }, ["On Verse 1:1"]],
    [{ versions: ["plain"] }, ["Verse 1:2"]],
    [{ versions: ["he|Plain"] }, ["Verse 1:2"]],
    [{ within: "Verse 1:2" }, ["Verse 1:2"]],
    [{ within: "Verse 1:1" }, []],
  ] as [Partial<SearchRequest>, string[]][])("%j", (request, refs) => expect(refsOf(filtered(request))).toEqual(refs));

  test("leave versions out of hits, too", () => {
    const [hit] = filtered({ licenses: ["CC-BY"] }).hits;
    expect(hit?.versions.map((version) => version.license)).toEqual(["CC-BY"]);
  });

  test("that leave nothing are said; names that the library does not have are wrong usage, with the nearest", () => {
    expect(filtered({ licenses: ["CC0", ""] })).toMatchObject({ hits: [], warnings: [{ code: "filter-empty" }] });
    const refused = (request: Partial<SearchRequest>) => () => filtered(request);
    expect(refused({ categories: ["Halakah"] })).toThrow(
      expect.objectContaining({ code: "usage", hint: expect.stringContaining("Halakhah") as string }) as Error,
    );
    expect(refused({ versions: ["en|Plain"] })).toThrow(expect.objectContaining({ code: "usage" }) as Error);
    expect(refused({ within: "Nowhere 1" })).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  });
});

describe("grouping", () => {
  const texts = ["lamp one", "other", "lamp two two", "other", "other", "other", "lamp three three three"];

  test("passage: neighbours join the best of them; segment: none do; chunk: all of a chunk do", () => {
    const grouped = (grouping: "passage" | "segment" | "chunk") =>
      searchOf(texts, "lamp", { grouping }).hits.map((hit) => [hit.ref, hit.passage.ref, hit.passage.refs]);
    expect(grouped("segment")).toEqual([
      ["Book 1:1", "Book 1:1", ["Book 1:1"]],
      ["Book 1:3", "Book 1:3", ["Book 1:3"]],
      ["Book 1:7", "Book 1:7", ["Book 1:7"]],
    ]);
    expect(grouped("passage")).toEqual([
      ["Book 1:1", "Book 1:1-3", ["Book 1:1", "Book 1:3"]],
      ["Book 1:7", "Book 1:7", ["Book 1:7"]],
    ]);
    expect(grouped("chunk")).toEqual([["Book 1:1", "Book 1:1-7", ["Book 1:1", "Book 1:3", "Book 1:7"]]]);
  });
});

test("of more texts than can be ranked an even sample is, and the answer says so", () => {
  const texts = Array.from({ length: 12_000 }, (_, index) => `common ${index}`);
  const answer = searchOf(texts, "common");
  expect(answer.isBounded).toBe(true);
  expect(answer.warnings).toMatchObject([{ code: "bounded" }]);
  expect(answer.total).toEqual({ texts: 12_000, isAtLeast: false });
  expect(answer.hits).toHaveLength(20);
  const filtered = searchOf(texts, "common", { languages: ["he"], within: "Book 1" });
  expect([filtered.isBounded, filtered.total]).toEqual([true, { texts: 10_000, isAtLeast: true }]);
  const rare = searchOf(texts, "common 11999");
  expect([rare.isBounded, refsOf(rare)]).toEqual([false, ["Book 1:12000"]]);
});

test("searching goes on beside a writer, inside a snapshot, and after wrong usage", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  expect(() => reader.search({ query: "-שמע", limit: 5 })).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  reader.snapshot(() => {
    const before = reader.search({ query: "שמע ישראל", limit: 20 });
    expect(refsOf(before)).toContain("Code 1:1");
    library.writer.removeBook("Code");
    expect(reader.search({ query: "שמע ישראל", limit: 20 })).toEqual(before);
  });
  expect(refsOf(reader.search({ query: "שמע ישראל", limit: 20 }))).not.toContain("Code 1:1");
  expect(reader.search({ query: "Code 1:1", limit: 20 }).hits.filter(({ why }) => why[0]?.by === "ref")).toEqual([]);
  reader.close();
});

test("the index is built in one go or after a stop, and every text is in it once", () => {
  using library = smallLibrary();
  const { writer } = library;
  addBook(writer, leafOfTitle("Aleph"), [{ meta: versionOf("en", "V"), text: [["one word", "two words"]] }]);
  expect(writer.buildIndex()).toBe(2);
  addBook(writer, leafOfTitle("Bet"), [{ meta: versionOf("en", "V"), text: [["three words"]] }], 1);
  const missing = openLibrary(library.path);
  const [rows] = missing.unindexedTexts();
  missing.close();
  expect(rows?.texts).toEqual(["three words"]);
  expect(writer.buildIndex()).toBe(1);
  expect(writer.buildIndex()).toBe(0);
  const reader = openLibrary(library.path);
  expect(reader.counts()).toMatchObject({ texts: 3, indexed: 3 });
  reader.close();
});
