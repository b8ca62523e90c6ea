import { places, sameTally, SoferError, TallyCounter, type Leaf } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { leafOf } from "../testing/leaf.ts";
import { parseVersionFile, type FileOrigin } from "./version-file.ts";
import { parseVersionMeta } from "./version-meta.ts";

const ORIGIN: FileOrigin = { name: "json/C/Book/Hebrew/A.json", url: "http://host/A.json", language: "he" };
const simple = leafOf({ title: "Book", addressTypes: ["Integer", "Integer"] });

function leaf(keys: readonly string[], order: number): Leaf {
  const title = ["Book", ...keys.filter((key) => key !== "")].join(", ");
  return leafOf({ title, keys, order, addressTypes: ["Integer"], isDefault: keys.at(-1) === "" });
}
const complex = [leaf([""], 0), leaf(["Part, One", "Intro"], 1), leaf(["Part, One", ""], 2), leaf(["Part Two"], 3)];

function file(fields: Record<string, unknown>): Record<string, unknown> {
  return { title: "Book", language: "he", versionTitle: "A", license: "CC0", ...fields };
}

function parse(json: Record<string, unknown>, leaves: readonly Leaf[], origin = ORIGIN) {
  try {
    return parseVersionFile({ body: JSON.stringify(json), json }, leaves, origin);
  } catch (error) {
    return error as SoferError;
  }
}

describe("a version file", () => {
  test("of a simple book: text as published, metadata without what is the book's", () => {
    const text = [["x", "", null, 5], [], ["y ", ["z"]]];
    const got = parse(
      file({ text, sectionNames: ["Chapter", "Verse"], priority: "2.5", versionSource: "", method: "ocr" }),
      [simple],
    );
    if (got instanceof SoferError) throw got;
    expect(got.leaves["Book"]).toMatchObject({ text, raw: { count: 3 } });
    expect(got.meta).toEqual({
      language: "he",
      versionTitle: "A",
      license: "CC0",
      versionSource: null,
      priority: 2.5,
      actualLanguage: "he",
      other: { title: "Book", method: "ocr" },
    });
  });

  test("is the same version as the service's record of it", () => {
    const record = { language: "en", versionTitle: "T [fr]", license: "CC-BY", priority: 3, status: "locked" };
    const absent = { versionSource: "", actualLanguage: "", versionNotes: "" };
    const service = parseVersionMeta({ ...record, ...absent, text: ["x"] });
    const got = parse({ ...file({}), ...record, text: ["x"] }, [simple], { ...ORIGIN, language: "en" });
    if (got instanceof SoferError) throw got;
    expect({ ...got.meta, other: {} }).toEqual({ ...service, other: {} });
    expect(got.meta.actualLanguage).toBe("fr");
  });

  test("of a complex book: by titles of nodes, the default node by nothing, absent nodes left out", () => {
    const text = { "": ["d"], "Part, One": { Intro: ["i", "j"], "": "" } };
    const got = parse(file({ text, schema: { nodes: [] } }), complex);
    if (got instanceof SoferError) throw got;
    expect(Object.entries(got.leaves).map(([title, found]) => [title, found.text, found.raw.count])).toEqual([
      ["Book", ["d"], 1],
      ["Book, Part, One, Intro", ["i", "j"], 2],
      ["Book, Part, One", "", 0],
    ]);
    expect(got.meta.other).toEqual({ title: "Book" });
  });

  test("a branch that a version does not have is empty, not lost", () => {
    for (const branch of ["", [], " "]) {
      const got = parse(file({ text: { "": ["d"], "Part, One": branch } }), complex);
      expect(got).toMatchObject({ leaves: { Book: { raw: { count: 1 } } } });
    }
  });

  test("merged: what it was merged of is kept", () => {
    const versions = [
      ["A", "http://a"],
      ["B", null],
    ];
    expect(parse(file({ versionTitle: "merged", versions, text: [["x"]] }), [simple])).toMatchObject({
      meta: { versionTitle: "merged", other: { versions } },
    });
  });
});

describe("text that no leaf has is named, never dropped", () => {
  const cases: [string, unknown, readonly Leaf[], string][] = [
    ["a node more", { "": ["d"], Three: ["x", "y"] }, complex, '"Three" (2)'],
    ["a node below a leaf", { "Part Two": { Deep: ["x"] } }, complex, '"Part Two, Deep" (1)'],
    ["text in place of a branch", { "Part, One": ["x"] }, complex, '"Part, One" (1)'],
    ["a list in place of nodes", ["x"], complex, "the whole text (1)"],
    ["nodes in place of a list", { One: ["x"] }, [simple], '"One" (1)'],
    ["an object inside a list", { "Part Two": [{ Part: "x" }] }, complex, '"Part Two, Part" (1)'],
    ["many", { a: "x", b: "x", c: "x", d: "x", e: "x" }, complex, "and 2 more"],
  ];
  for (const [what, text, leaves, words] of cases) {
    test(what, () => {
      expect(parse(file({ text }), leaves)).toMatchObject({
        code: "not-conserved",
        url: ORIGIN.url,
        message: expect.stringContaining(words),
      });
    });
  }

  test("a key that stands twice: counted twice, so that whoever stores it once sees the loss", () => {
    const body = '{"title":"Book","language":"he","versionTitle":"A","text":{"Part Two":["x"],"Part Two":["y"]}}';
    const json: unknown = JSON.parse(body);
    expect(parseVersionFile({ body, json }, complex, ORIGIN).leaves).toMatchObject({
      "Book, Part Two": { text: ["y"], raw: { count: 2 } },
    });
  });

  test("a node more without text is nothing", () => {
    expect(parse(file({ text: { "": ["d"], Three: ["", " ", null] } }), complex)).toMatchObject({
      leaves: { Book: {} },
    });
  });
});

test("another book's, another side's and an unknown form are refused by name", () => {
  expect(parse(file({ title: "Other", text: [] }), [simple])).toMatchObject({ code: "wrong-ref" });
  expect(parse(file({ title: "Book, Part, One", text: {} }), complex)).toMatchObject({ code: "wrong-ref" });
  expect(parse(file({ language: "en", text: [] }), [simple])).toMatchObject({ code: "wrong-ref" });
  expect(parse(file({ language: "fr", text: [] }), [simple])).toMatchObject({ code: "wire-shape" });
  expect(parse({ title: "Book", language: "he", text: [] }, [simple])).toMatchObject({ code: "wire-shape" });
  expect(parse(file({ language: "en", text: [] }), [simple], { ...ORIGIN, language: null })).toMatchObject({
    leaves: {},
  });
});

const RECORDED = join(import.meta.dir, "../../../../../shared/recorded/export.chofetz-chaim.hebrew.json");

interface WireNode {
  readonly enTitle: string;
  readonly nodes?: readonly WireNode[];
}

test.skipIf(!existsSync(RECORDED))("recorded: a real complex file is conserved leaf by leaf", async () => {
  const body = await Bun.file(RECORDED).text();
  const json = JSON.parse(body) as { schema: WireNode };
  const leaves: Leaf[] = [];
  const visit = (node: WireNode, keys: readonly string[]): void => {
    for (const child of node.nodes ?? []) visit(child, [...keys, child.enTitle]);
    if (node.nodes !== undefined) return;
    const title = ["Chofetz Chaim", ...keys.filter((key) => key !== "")].join(", ");
    leaves.push(leafOf({ title, keys, order: leaves.length, addressTypes: ["Integer", "Integer"] }));
  };
  visit(json.schema, []);
  const got = parseVersionFile({ body, json }, leaves, ORIGIN);
  expect(got.meta).toMatchObject({ license: "CC-BY-SA", other: { status: null, isBaseText: true } });
  const parsed = leaves.map(({ title }) => {
    const counter = new TallyCounter();
    for (const place of places(got.leaves[title]?.text ?? [], 2)) counter.add(place.text);
    return counter.tally();
  });
  expect(parsed.every((tally, at) => sameTally(tally, got.leaves[leaves[at]?.title ?? ""]?.raw ?? tally))).toBe(true);
  expect(parsed.reduce((sum, tally) => sum + tally.count, 0)).toBe(447);
});
