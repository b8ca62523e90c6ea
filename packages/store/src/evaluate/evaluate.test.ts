import { expect, test } from "bun:test";
import { openLibrary } from "../reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf, type SmallLibrary } from "../testing/small-library.ts";
import type { EvaluatedEngine, Qrel } from "./api.ts";
import { openBaselines } from "./baseline.ts";
import { evaluate } from "./evaluate.ts";
import { headingOf, quotationOf } from "./lemma.ts";

const PLAIN: Qrel = {
  id: "q",
  query: "q",
  expected: [],
  best: null,
  language: "en",
  kind: "k",
  category: "C",
  exclude: [],
};

function fill(library: SmallLibrary): void {
  const { writer } = library;
  const en = versionOf("en", "English");
  const he = versionOf("he", "Hebrew");
  const verses = [
    ["in the beginning was a lamp", "and the <b>lamp</b> gave light to all who came"],
    ["nothing to see", "the wick was short and the oil was pure"],
  ];
  addBook(writer, leafOfTitle("Base"), [
    { meta: en, text: verses },
    {
      meta: he,
      text: [
        ["בְּרֵאשִׁית הָיָה נֵר", "והנר האיר לכל הבאים"],
        ["אין מה לראות", "הפתילה קצרה"],
      ],
    },
  ]);
  const onBase = [["gave light. It means that it shone"], ["In the old words, the wick was short and the oil dear"]];
  addBook(writer, leafOfTitle("Light on Base"), [{ meta: en, text: onBase }], 1, ["Tanakh", "Commentary"]);
  const later = [["it was said: the wick was short and the oil was old", "unrelated words altogether here"]];
  addBook(writer, leafOfTitle("Later"), [{ meta: en, text: later }], 2, ["Halakhah"]);
  writer.startLinks("some", "1");
  writer.addLinks("some", [
    { refs: ["Base 1:2", "Light on Base 1:1"], type: "commentary" },
    { refs: ["Base 2:2", "Later 1:1"], type: "" },
    { refs: ["Base 1:1", "Later 1:2"], type: "" },
    { refs: ["Base 2:2", "Nowhere 1"], type: "" },
  ]);
  writer.finishLinks("some", { read: 4, invalid: 0, unwanted: 0 }, 1);
  writer.resolveLinks(1);
  writer.buildIndex();
}

/** An engine that always answers with the same list. */
const always = (name: string, ...hits: readonly (readonly string[])[]): EvaluatedEngine => ({
  name,
  search: () => hits,
});

test("a hit is right when its place overlaps an expected one; excluded places take no rank", async () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const engine = always("e", ["Later 1:1"], ["Base 1:1"], ["Base 2:1", "Base 2:2"], ["Base 1:2"]);
  const rankOf = async (more: Partial<Qrel>) => {
    const { queries } = await evaluate(reader.citations(), [{ ...PLAIN, ...more }], [engine]);
    return queries[0]?.rank;
  };
  expect(await rankOf({ expected: ["Base 1:2"] })).toBe(4);
  expect(await rankOf({ expected: ["Base 1:2"], exclude: ["Later 1:1"] })).toBe(3);
  expect(await rankOf({ expected: ["Base 2:2"] })).toBe(3);
  expect(await rankOf({ expected: ["Base 2"] })).toBe(3);
  expect(await rankOf({ expected: ["Base 1:2-2:1"] })).toBe(3);
  expect(await rankOf({ expected: ["Base"] })).toBe(2);
  expect(await rankOf({ expected: ["Light on Base 1:1"] })).toBeNull();
  reader.close();
});

test("means by kind, language and category; refs that are no place are named; an engine that throws has found nothing", async () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const throwing: EvaluatedEngine = {
    name: "throwing",
    search() {
      throw new Error("no");
    },
  };
  const qrels = [
    { ...PLAIN, id: "1", expected: ["Base 1:1"] },
    { ...PLAIN, id: "2", expected: ["Base 1:2", "Nowhere 1"], kind: "other", language: "he" as const },
  ];
  const { groups, queries, unknownRefs } = await evaluate(reader.citations(), qrels, [
    always("good", ["Base 1:1"], ["Base 1:2"]),
    throwing,
  ]);
  expect(unknownRefs).toEqual(["Nowhere 1"]);
  expect(queries.filter(({ failure }) => failure !== null).map(({ id, engine }) => [id, engine])).toEqual([
    ["1", "throwing"],
    ["2", "throwing"],
  ]);
  const mrr = groups.filter((group) => group.engine === "good").map(({ by, name, scores }) => [by, name, scores.mrr]);
  expect(mrr).toEqual([
    ["all", "all", 0.75],
    ["kind", "k", 1],
    ["kind", "other", 0.5],
    ["language", "en", 1],
    ["language", "he", 0.5],
    ["category", "C", 0.75],
    ["language and category", "en C", 1],
    ["language and category", "he C", 0.5],
  ]);
  expect(groups.find((group) => group.engine === "good" && group.name === "other")?.scores.recall10).toBe(0.5);
  expect(groups.find((group) => group.engine === "throwing")?.scores.mrr).toBe(0);
  reader.close();
});

test("the baselines find words without tags and marks, and nothing more", async () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  {
    using baselines = openBaselines(reader);
    const { all, any } = baselines;
    expect(await all.search("lamp light", 5)).toEqual([["Base 1:2"]]);
    expect(await all.search("בראשית נר", 5)).toEqual([["Base 1:1"]]);
    expect(await all.search("ראשית", 5)).toEqual([]);
    expect(await all.search("lamp nowhere", 5)).toEqual([]);
    expect((await any.search("lamp nowhere", 5)).flat().toSorted()).toEqual(["Base 1:1", "Base 1:2"]);
    expect(await all.search('"', 5)).toEqual([]);
  }
  reader.close();
});

test("questions are made from links between texts, the same for the same seed, and say where they come from", () => {
  using library = smallLibrary();
  fill(library);
  const reader = openLibrary(library.path);
  const qrels = reader.makeQrels({ seed: 1, perGroup: 10 });
  expect(qrels.map(({ id, query, expected, exclude }) => [id, query, expected, exclude])).toEqual([
    ["commentary en Light on Base 1:1 Base 1:2", "gave light", ["Base 1:2"], ["Light on Base 1:1"]],
    ["context en Later 1:1 Base 2:2", "was said: the wick was short and the oil was old", ["Base 2:2"], ["Later 1:1"]],
    ["quotation en Later 1:1 Base 2:2", "the wick was short and the oil was", ["Base 2:2"], ["Later 1:1"]],
  ]);
  expect(reader.makeQrels({ seed: 1, perGroup: 10 })).toEqual(qrels);
  expect(qrels.every((qrel) => qrel.category === "Tanakh" && qrel.language === "en")).toBe(true);
  reader.close();
});

test("headings of commentaries", () => {
  expect(headingOf("<b>gave light.</b> It means")).toBe("gave light");
  expect(headingOf("בראשית ברא - אמר רבי יצחק")).toBe("בראשית ברא");
  expect(headingOf("one two three four five six seven eight")).toBe("one two three four five six");
  expect(headingOf("Word. then more words come after it")).toBe("Word. then more words come after");
  expect(headingOf('(the "lamp") of רמב"ם and "more"')).toBe('the lamp of רמב"ם and more');
  expect(headingOf("word")).toBeNull();
});

test("quotations are the longest row of shared words, without regard to marks", () => {
  const quotation = quotationOf('אמר הכתוב "והנר האיר לכל הבאים" וכו', ["שונה", "וְהַנֵּר הֵאִיר לְכָל הַבָּאִים עוד"]);
  expect(quotation).toEqual({ words: "והנר האיר לכל הבאים", inContext: "אמר הכתוב והנר האיר לכל הבאים וכו" });
  expect(quotationOf("the wick was long", ["the wick was short"])).toBeNull();
});
