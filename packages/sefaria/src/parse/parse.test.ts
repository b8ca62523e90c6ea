import { SoferError, formatRef, slotCount } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseContents } from "./contents.ts";
import { parseOutline, withShapeAnswer } from "./outline.ts";
import { parseSchema } from "./schema.ts";
import { parseVersionMeta } from "./version-meta.ts";
import { checkVersionList } from "../wire/versions.ts";

const RECORDED = join(import.meta.dir, "../../../../../shared/recorded");
const isRecorded = existsSync(RECORDED);
const recorded = (name: string): Promise<unknown> => Bun.file(join(RECORDED, name)).json() as Promise<unknown>;

const titles = (en: string, he: string) => [
  { lang: "en", text: en, primary: true },
  { lang: "en", text: `${en} variant` },
  { lang: "he", text: he, primary: true },
];
const COMPLEX = {
  titles: titles("Book", "ספר"),
  nodes: [
    { nodeType: "JaggedArrayNode", depth: 1, titles: titles("Introduction", "הקדמה"), content_counts: 3 },
    {
      nodeType: "SchemaNode",
      title: "Part One",
      heTitle: "חלק א",
      nodes: [
        { default: true, title: "", depth: 2, addressTypes: ["Talmud", "Integer"], content_counts: [0, 0, 4, 5] },
        { title: "End", heTitle: "סוף", depth: 2, addressTypes: ["Integer"], content_counts: 0 },
      ],
    },
    { nodeType: "DictionaryNode", title: "Lexicon", heTitle: "מילון" },
  ],
};

function book(title: string, more: object = {}): object {
  return { title, heTitle: `ה-${title}`, ...more };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SoferError) return error.code;
    throw error;
  }
  return "no error";
}

describe("schema", () => {
  test("a complex book: full titles, default nodes, keys, counts, virtual nodes by name", () => {
    const outline = parseOutline({ title: "Book", categories: ["Halakhah"], schema: COMPLEX, heTitle: null });
    const { tree } = outline;
    expect(tree).toMatchObject({ title: "Book", heTitle: "ספר", isComplex: true, virtualNodes: ["Book, Lexicon"] });
    expect(tree.leaves.map((leaf) => [leaf.order, leaf.title, leaf.heTitle, leaf.keys, leaf.isDefault])).toEqual([
      [0, "Book, Introduction", "ספר, הקדמה", ["Introduction"], false],
      [1, "Book, Part One", "ספר, חלק א", ["Part One", ""], true],
      [2, "Book, Part One, End", "ספר, חלק א, סוף", ["Part One", "End"], false],
    ]);
    expect(tree.leaves.map((leaf) => leaf.addressTypes)).toEqual([
      ["Integer"],
      ["Talmud", "Integer"],
      ["Integer", "Integer"],
    ]);
    expect(outline.shapes).toEqual({
      "Book, Introduction": 3,
      "Book, Part One": [0, 0, 4, 5],
      "Book, Part One, End": [],
    });
  });

  test("what cannot be addressed is refused by name", () => {
    const leaf = { depth: 1, title: "A", heTitle: "א" };
    expect(codeOf(() => parseSchema("B", "ב", { nodeType: "DictionaryNode" }))).toBe("virtual-node");
    expect(codeOf(() => parseSchema("B", "ב", { nodes: [{ nodeType: "DictionaryNode", default: true }] }))).toBe(
      "virtual-node",
    );
    expect(codeOf(() => parseSchema("B", "ב", { depth: 1, addressTypes: ["Year"] }))).toBe("unknown-address-type");
    expect(codeOf(() => parseSchema("B", "ב", { nodes: [leaf, leaf] }))).toBe("ambiguous-title");
    expect(codeOf(() => parseSchema("B", "ב", { nodes: [{ depth: 1, key: "A" }] }))).toBe("wire-shape");
    expect(codeOf(() => parseSchema("B", "ב", { depth: 0 }))).toBe("wire-shape");
    expect(codeOf(() => parseOutline({ title: "B" }))).toBe("wire-shape");
  });

  test("offsets reach the refs", () => {
    const schema = { depth: 2, addressTypes: ["Integer", "Integer"], index_offsets_by_depth: { "2": [0, 3] } };
    const leaf = parseSchema("Zohar", "זהר", schema).tree.leaves[0];
    expect(leaf === undefined ? null : formatRef(leaf, [1, 0])).toBe("Zohar 2:4" as never);
  });

  test("a shape answer takes the place of missing counts", () => {
    const bare = structuredClone(COMPLEX) as { nodes: { content_counts?: unknown }[] };
    const outline = parseOutline({ title: "Book", categories: [], schema: { ...bare, nodes: bare.nodes.slice(1, 2) } });
    const answer = [{ isComplex: true, book: "Book", chapters: [{ title: "Book, Part One", chapters: [0, 0, 7] }] }];
    expect(withShapeAnswer(outline, answer).shapes).toEqual({ "Book, Part One": [0, 0, 7] });
  });

  test.skipIf(!isRecorded)("recorded: Likutei Moharan, six leaves with a default one", async () => {
    const outline = parseOutline(await recorded("v2-index.likutei-moharan.json"));
    expect(outline.tree.leaves).toHaveLength(6);
    expect(outline.tree.leaves[3]).toMatchObject({ title: "Likutei Moharan", keys: [""], depth: 3, isDefault: true });
    expect(outline.tree.leaves[4]?.title).toBe("Likutei Moharan, Part II");
  });

  test.skipIf(!isRecorded)("recorded: Genesis, with counts from its shape", async () => {
    const outline = parseOutline(await recorded("v2-index.genesis.json"));
    expect(outline.tree).toMatchObject({ isComplex: false, heTitle: "בראשית" });
    expect(outline.tree.leaves[0]).toMatchObject({ depth: 2, addressTypes: ["Perek", "Pasuk"], keys: [] });
    const { shapes } = withShapeAnswer(outline, await recorded("shape.genesis.json"));
    expect(slotCount(shapes["Genesis"] ?? 0)).toBe(1533);
  });

  test.skipIf(!isRecorded)("recorded: Pesachim counts in dafs", async () => {
    const outline = parseOutline(await recorded("v2-raw-index.pesachim.json"));
    const leaf = outline.tree.leaves[0];
    expect(leaf === undefined ? null : formatRef(leaf, [2, 0])).toBe("Pesachim 2a:1" as never);
  });
});

describe("contents", () => {
  test("books in order, first place wins, collections are left out", () => {
    const json = [
      {
        category: "A",
        contents: [
          { category: "B", contents: [book("One", { categories: ["A", "B"], dependence: false }), book("Two")] },
          { isCollection: true, slug: "c", title: "Collection", nodeType: "TocCollectionNode" },
        ],
      },
      {
        category: "C",
        contents: [
          book("One", { categories: ["C"] }),
          book("On One", { dependence: "Commentary", base_text_titles: ["One", { en: "Two", he: "ב" }, { en: null }] }),
        ],
      },
    ];
    expect(parseContents(json)).toEqual([
      { title: "One", heTitle: "ה-One", categories: ["A", "B"], order: 0, dependence: null, baseTitles: [] },
      { title: "Two", heTitle: "ה-Two", categories: ["A", "B"], order: 1, dependence: null, baseTitles: [] },
      {
        title: "On One",
        heTitle: "ה-On One",
        categories: ["C"],
        order: 2,
        dependence: "Commentary",
        baseTitles: ["One", "Two"],
      },
    ]);
    expect(codeOf(() => parseContents({ contents: [] }))).toBe("wire-shape");
  });

  const saved = join(RECORDED, "../corpus/toc.json.gz");
  test.skipIf(!existsSync(saved))("a real table of contents is read whole", async () => {
    const json = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(await Bun.file(saved).bytes()))) as unknown;
    const entries = parseContents(json);
    expect(entries.length).toBeGreaterThan(500);
    expect(entries[0]).toMatchObject({ title: "Genesis", categories: ["Tanakh", "Torah"], order: 0 });
  });
});

describe("version metadata", () => {
  const record = { language: "he", versionTitle: "V", status: "locked", isPrimary: true, text: ["x"] };

  test("named fields, everything else unchanged, never the text", () => {
    expect(
      parseVersionMeta({ ...record, license: "CC-BY", priority: 2, versionSource: "s", actualLanguage: "yi" }),
    ).toEqual({
      language: "he",
      versionTitle: "V",
      license: "CC-BY",
      versionSource: "s",
      priority: 2,
      actualLanguage: "yi",
      other: { status: "locked", isPrimary: true },
    });
    expect(parseVersionMeta({ ...record, license: null, versionSource: null, actualLanguage: "" })).toMatchObject({
      license: "",
      versionSource: null,
      priority: 0,
      actualLanguage: "he",
    });
  });

  test("priority is a number or 0", () => {
    const priorities = ["", null, "high", "3", 1.5, -1, Number.NaN].map(
      (priority) => parseVersionMeta({ ...record, priority }).priority,
    );
    expect(priorities).toEqual([0, 0, 0, 3, 1.5, -1, 0]);
  });

  test("a record without a side or a title is refused", () => {
    expect(codeOf(() => parseVersionMeta({ versionTitle: "V" }))).toBe("wire-shape");
    expect(codeOf(() => parseVersionMeta({ ...record, language: "yi" }))).toBe("wire-shape");
  });

  test.skipIf(!isRecorded)("recorded: a row of Rashi on Genesis", async () => {
    const rows = checkVersionList(await recorded("texts-versions.rashi-on-genesis.one-row.json"));
    expect(rows.map((row) => parseVersionMeta(row))).toMatchObject([
      { license: "unknown", versionSource: null, priority: 0 },
    ]);
  });
});
