import type { SandboxBook, SandboxLibrary, SandboxVersion, SchemaRecord } from "../library.ts";

/** Books small enough to know by heart, for the tests of the answers. */

function titled(en: string, he: string) {
  return {
    title: en,
    heTitle: he,
    key: en,
    titles: [
      { text: en, lang: "en", primary: true },
      { text: he, lang: "he", primary: true },
    ],
  };
}

function leaf(addressTypes: readonly string[], more: Partial<SchemaRecord> = {}): SchemaRecord {
  const names = ["Chapter", "Verse", "Comment"].slice(0, addressTypes.length);
  const sections = { sectionNames: names, heSectionNames: names };
  return { nodeType: "JaggedArrayNode", depth: addressTypes.length, addressTypes, ...sections, ...more };
}

function version(language: "he" | "en", versionTitle: string, text: unknown, priority?: number): SandboxVersion {
  const base = { language, versionTitle, versionSource: "https://example.org", license: "CC0" };
  return { meta: priority === undefined ? base : { ...base, priority }, text };
}

function book(
  schema: SchemaRecord,
  versions: readonly SandboxVersion[],
  listing: Readonly<Record<string, unknown>> = {},
): SandboxBook {
  const title = schema.title ?? "";
  return {
    title,
    heTitle: schema.heTitle ?? "",
    categories: ["Tanakh", "Torah"],
    titleVariants: [],
    listing,
    isVirtual: schema.nodeType === "DictionaryNode",
    load: () => ({ record: { order: [1, 1], authors: [] }, schema, versions, sizeBytes: 1000 }),
  };
}

const ONE_TWO_THREE = [["a1", "a2", "a3"], ["b1", "b2"], [], ["d1"]];

export const smallLibrary: SandboxLibrary = {
  books: [
    book({ ...leaf(["Perek", "Pasuk"]), ...titled("Genesis", "בראשית"), lengths: [4, 6] }, [
      version("he", "First Hebrew", ONE_TWO_THREE, 2),
      version("he", "Second Hebrew", [["x1"]]),
      version("en", "First English", [["e1", "", "e3"]]),
      version("en", "En français [fr]", [[], ["f1"]]),
    ]),
    book(
      { ...leaf(["Integer", "Integer", "Integer"]), ...titled("Rashi on Genesis", "רש״י על בראשית") },
      [version("he", "Old", [[["r111", "r112"], [], ["r131"]], [], [["r311"]]])],
      { dependence: "Commentary", base_text_titles: ["Genesis"] },
    ),
    book({ ...leaf(["Talmud", "Integer"]), ...titled("Berakhot", "ברכות") }, [
      version("he", "Vilna", [[], [], ["2a1", "2a2"], ["2b1"], ["3a1"], ["3b1"], ["4a1"]]),
    ]),
    book(
      {
        nodeType: "SchemaNode",
        ...titled("Likutei Moharan", "ליקוטי מוהר״ן"),
        nodes: [
          { ...leaf(["Integer"]), ...titled("Introduction", "הקדמה") },
          { ...leaf(["Integer", "Integer", "Integer"]), default: true, key: "default", title: "", heTitle: "" },
          { ...leaf(["Integer", "Integer"]), ...titled("Part 2", "חלק ב") },
        ],
      },
      [
        version("he", "Tinyana", { Introduction: [], "": [], "Part 2": [["p11"]] }, 5),
        version("he", "Whole", { Introduction: ["i1", "i2"], "": [[["m111"]], [["m211", "m212"]]], "Part 2": [] }),
      ],
    ),
    book(
      {
        nodeType: "SchemaNode",
        ...titled("Guide", "מורה"),
        nodes: [
          { ...leaf(["Integer", "Integer"]), ...titled("Part 1", "חלק א") },
          { ...leaf(["Integer", "Integer"]), ...titled("Part 12", "חלק יב") },
        ],
      },
      [version("he", "Ibn Tibbon", { "Part 1": [["g11"], ["g21"]], "Part 12": [["h11"]] })],
    ),
    book(
      { ...leaf(["Integer", "Integer"], { index_offsets_by_depth: { "2": [0, 2, 5] } }), ...titled("Zohar", "זהר") },
      [version("he", "Mantua", [["z1", "z2"], ["z3", "z4", "z5"], ["z6"]])],
    ),
    book({ nodeType: "DictionaryNode", ...titled("Jastrow", "יסטרוב") }, []),
  ],
  heCategories: { Tanakh: "תנ״ך" },
  collections: [{ title: "A List", heTitle: "רשימה", slug: "a-list", category: "Tanakh/Torah" }],
};
