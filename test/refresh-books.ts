import type { Edit, NewBook, SandboxLibrary } from "@sofer/sandbox";

/** Four books, one of each structure that a refresh may be wrong about, with texts that all differ. */

const EMPTY: SandboxLibrary = { books: [], heCategories: {}, collections: [] };
export const emptyLibrary = (): SandboxLibrary => EMPTY;

function titled(en: string, he: string) {
  const titles = [
    { text: en, lang: "en", primary: true },
    { text: he, lang: "he", primary: true },
  ];
  return { title: en, heTitle: he, key: en, titles };
}

function leaf(addressTypes: readonly string[]) {
  const sectionNames = ["Chapter", "Verse", "Comment"].slice(0, addressTypes.length);
  return {
    nodeType: "JaggedArrayNode",
    depth: addressTypes.length,
    addressTypes,
    sectionNames,
    heSectionNames: sectionNames,
  };
}

const words = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name} word${index} and its own end.`);

/** `sections` sections of `each` segments. */
export const depth2 = (name: string, sections: number, each: number) =>
  Array.from({ length: sections }, (_, index) => words(`${name} ${index}`, each));

const version = (language: "he" | "en", versionTitle: string, text: unknown, more: Record<string, unknown> = {}) => ({
  language,
  versionTitle,
  versionSource: "https://example.org",
  license: "CC0",
  ...more,
  text,
});

export const VERSES: NewBook = {
  title: "Verses",
  heTitle: "פסוקים",
  categories: ["Tanakh"],
  schema: { ...leaf(["Perek", "Pasuk"]), ...titled("Verses", "פסוקים") },
  versions: [
    version("he", "A", depth2("verses a", 10, 30), { priority: 2 }),
    version("he", "B", depth2("verses b", 10, 30)),
    version("en", "E", depth2("verses e", 10, 30)),
  ],
};

export const COMMENTS: NewBook = {
  title: "Comments",
  heTitle: "פירוש",
  categories: ["Tanakh"],
  schema: { ...leaf(["Perek", "Pasuk", "Integer"]), ...titled("Comments", "פירוש") },
  versions: [
    version(
      "he",
      "Only",
      Array.from({ length: 6 }, (_, index) => depth2(`comments ${index}`, 5, 6)),
    ),
  ],
};

export const PARTS: NewBook = {
  title: "Parts",
  heTitle: "חלקים",
  categories: ["Tanakh"],
  schema: {
    nodeType: "SchemaNode",
    ...titled("Parts", "חלקים"),
    nodes: [
      { ...leaf(["Integer"]), ...titled("Introduction", "הקדמה") },
      { ...leaf(["Integer", "Integer"]), default: true, key: "default", title: "", heTitle: "" },
    ],
  },
  versions: [
    version("he", "Whole", { Introduction: words("intro", 12), "": depth2("parts", 8, 20) }),
    version("en", "Second", { Introduction: words("second intro", 12), "": depth2("second parts", 8, 20) }),
  ],
};

export const DAPIM: NewBook = {
  title: "Dapim",
  heTitle: "דפים",
  categories: ["Tanakh"],
  schema: { ...leaf(["Talmud", "Integer"]), ...titled("Dapim", "דפים") },
  versions: [version("he", "Vilna", [[], [], ...depth2("dapim", 10, 15)])],
};

export const NEWCOMER: NewBook = {
  title: "Newcomer",
  heTitle: "חדש",
  categories: ["Tanakh"],
  schema: { ...leaf(["Perek", "Pasuk"]), ...titled("Newcomer", "חדש") },
  versions: [version("he", "N", depth2("newcomer", 2, 5))],
};

export const BOOKS = [VERSES, COMMENTS, PARTS, DAPIM];

const A = { title: "Verses", language: "he", versionTitle: "A" } as const;
const ONLY = { title: "Comments", language: "he", versionTitle: "Only" } as const;
const WHOLE = { title: "Parts", language: "he", versionTitle: "Whole" } as const;
const VILNA = { title: "Dapim", language: "he", versionTitle: "Vilna" } as const;

/** Edits of each class in each kind of book, and what they do to the texts of all versions. */
export const EDITS: readonly Edit[] = [
  { kind: "change", ...A, path: [0, 0], text: "the first verse, altered" },
  { kind: "change", ...ONLY, path: [3, 2, 1], text: "a comment, altered" },
  { kind: "change", ...WHOLE, path: [0, 0], text: "the default node, altered" },
  { kind: "change", ...VILNA, path: [2, 0], text: "daf 2a, altered" },
  // Before the 11th of 30: 20 move on by one.
  { kind: "insert", ...A, path: [4, 10], text: "a verse more" },
  // The 6th of 15: 9 move up by one.
  { kind: "delete", ...VILNA, path: [5, 5] },
  { kind: "drop-version", title: "Parts", language: "en", versionTitle: "Second" },
  { kind: "add-book", book: NEWCOMER },
];

export const CHANGES = { added: 1 + 10, changed: 4, moved: 20 + 9, removed: 1 + 12 + 160 };
/** Objects of which the bytes are others now, or which are new. */
export const TOUCHED = [
  "json/Tanakh/Verses/Hebrew/A.json",
  "json/Tanakh/Comments/Hebrew/Only.json",
  "json/Tanakh/Parts/Hebrew/Whole.json",
  "json/Tanakh/Dapim/Hebrew/Vilna.json",
  "json/Tanakh/Newcomer/Hebrew/N.json",
  "schemas/Newcomer.json",
  "table_of_contents.json",
];
