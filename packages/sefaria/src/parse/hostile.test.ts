import { MAX_SLOTS, SoferError } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import { BucketUrls, nameInUrl } from "../bucket/urls.ts";
import { leafOf } from "../testing/leaf.ts";
import { ServiceUrls } from "../url.ts";
import { parseContents } from "./contents.ts";
import { parseOutline, withShapeAnswer } from "./outline.ts";
import { parseTextAnswer } from "./text-answer.ts";

/** Answers that mean no good, or that no one has looked at: each ends in an error with a name, and costs nothing. */
function refusal(run: () => unknown): SoferError {
  try {
    run();
  } catch (error) {
    if (error instanceof SoferError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const LEAF = { nodeType: "JaggedArrayNode", depth: 2, addressTypes: ["Perek", "Pasuk"], content_counts: [3, 4] };
const record = (schema: unknown, title: unknown = "Book") => ({ title, categories: ["A"], heTitle: "ספר", schema });
const outline = (schema: unknown, title?: unknown) => parseOutline(record(schema, title), "http://host/");

const leaf = (title: string) => leafOf({ title, addressTypes: ["Integer", "Integer"] });

/** A node in a node in a node. */
function deep(levels: number): object {
  let node: object = { ...LEAF, title: "Leaf" };
  for (let level = 0; level < levels; level++) node = { title: "Node", nodes: [node] };
  return node;
}

describe("a book's record", () => {
  test.each([
    ["counts that promise more than any book has", outline, { ...LEAF, content_counts: [1e9, 1e9] }],
    ["counts of a leaf of depth 1 that do", outline, { ...LEAF, depth: 1, content_counts: 1e9 }],
    ["leaves that do together", outline, manyLeaves(MAX_SLOTS / 1000 + 1, 1000)],
    ["a leaf of depth 50", outline, { ...LEAF, depth: 50 }],
    ["a depth that is no number", outline, { ...LEAF, depth: "2" }],
    ["an offset before the first number", outline, { ...LEAF, index_offsets_by_depth: { "1": -5 } }],
    ["an offset beyond all numbers", outline, { ...LEAF, index_offsets_by_depth: { "2": [0, 2 ** 53] } }],
    ["offsets that are none", outline, { ...LEAF, index_offsets_by_depth: { "1": { a: 1 } } }],
    ["a list for a schema", outline, [LEAF]],
    ["a number for a node", outline, { title: "Book", nodes: [5] }],
    ["a node without a title", outline, { title: "Book", nodes: [{ ...LEAF, title: "" }] }],
    ["titles that are no list", outline, { title: "Book", nodes: [{ ...LEAF, titles: "Leaf" }] }],
    ["a title of 64 KB", outline, { title: "Book", nodes: [{ ...LEAF, title: "x".repeat(65_536) }] }],
  ])("%s", (_what, read, schema) => {
    expect(refusal(() => read(schema))).toMatchObject({ code: "wire-shape", next: "never" });
  });

  test.each(["__proto__", "constructor", "toString", 5, null, ""])("the title %j", (title) => {
    expect(refusal(() => outline(LEAF, title)).code).toBe("wire-shape");
  });

  test("counts that are no counts promise nothing", () => {
    for (const counts of [-5, 1.5, "7", null, { "0": 3 }, [[], "x", -1]]) {
      const { shapes } = outline({ ...LEAF, content_counts: counts });
      expect(JSON.stringify(shapes["Book"])).toMatch(/^\[[0,]*\]$/);
    }
  });

  test("names that JavaScript gives a meaning are names of nodes like others", () => {
    const schema = {
      title: "Book",
      nodes: [
        { ...LEAF, title: "constructor" },
        { ...LEAF, title: "__proto__" },
      ],
    };
    const { tree, shapes, nodeTitles } = outline(schema);
    expect(tree.leaves.map(({ title }) => title)).toEqual(["Book, constructor", "Book, __proto__"]);
    expect(Object.keys(shapes)).toEqual(["Book, constructor", "Book, __proto__"]);
    expect(nodeTitles).toEqual({});
  });

  test("a tree of 50 levels, and one of 20,000 leaves", () => {
    expect(outline(deep(50)).tree.leaves).toHaveLength(1);
    expect(outline(manyLeaves(20_000, 1)).tree.leaves).toHaveLength(20_000);
  });

  test("an answer of shapes promises no more than a record may", () => {
    const right = outline(LEAF);
    const lying = [{ title: "Book", chapters: [1e9] }];
    expect(refusal(() => withShapeAnswer(right, lying)).code).toBe("wire-shape");
  });
});

function manyLeaves(count: number, promised: number): object {
  return {
    title: "Book",
    nodes: Array.from({ length: count }, (_, at) => ({
      depth: 1,
      addressTypes: ["Integer"],
      title: `Leaf ${at}`,
      content_counts: promised,
    })),
  };
}

describe("a text answer", () => {
  const version = { versionTitle: "Edition", language: "he", text: [["a"]] };
  const answer = (versions: unknown, more: object = {}) => {
    const json = { versions, ref: "Book", sections: [], toSections: [], ...more };
    const body = JSON.stringify(json);
    const request = { bookTitle: "Book", leaf: leaf("Book"), range: null, versions: "all", promised: true } as const;
    const parts = { url: "http://host/", status: 200, headers: new Headers(), body, bytes: body.length, json };
    return parseTextAnswer(request, parts);
  };

  test.each([
    ["two texts of one version", [version, { ...version, text: [["b"]] }]],
    ["a version that is a list", [[version]]],
    ["versions that are an object", { "0": version }],
    ["a language that is none", [{ ...version, language: "xx" }]],
    ["a number for a title", [{ ...version, versionTitle: 7 }]],
  ])("%s", (_what, versions) => {
    expect(refusal(() => answer(versions)).code).toBe("wire-shape");
  });

  test("numbers of any size are data", () => {
    expect(answer([{ ...version, priority: 1e308 }]).versions[0]?.meta.priority).toBe(1e308);
    expect(answer([{ ...version, priority: "1e999" }]).versions[0]?.meta.priority).toBe(0);
    expect(refusal(() => answer([version], { textDepth: 1e300 })).code).toBe("wrong-depth");
  });
});

describe("contents", () => {
  test.each([
    ["an object", {}],
    ["text", "<html>"],
    ["a number among books", [5]],
    ["a number for a title", [{ title: 5 }]],
    ["an object for a list", [{ category: "A", contents: {} }]],
  ])("%s", (_what, json) => {
    expect(refusal(() => parseContents(json)).code).toBe("wire-shape");
  });

  test("a book in two categories, and two of one title, are one book where it stands first", () => {
    const book = { title: "Book", heTitle: "ספר" };
    const entries = parseContents([
      { category: "A", contents: [book, book] },
      { category: "B", contents: [{ ...book, heTitle: "אחר" }] },
    ]);
    expect(entries).toMatchObject([{ title: "Book", heTitle: "ספר", categories: ["A"] }]);
  });
});

describe("addresses", () => {
  const service = new ServiceUrls("http://host");
  const bucket = new BucketUrls("http://host");
  const path = (url: string) => new URL(url).pathname;

  test("no title leads to another place of the host, or adds to the query", () => {
    for (const title of ["../../admin", "a/../b", "a?version=x", "a#b", "a\r\nHost: x", "a\\..\\b", "%2e%2e", "\0"]) {
      for (const url of [service.index(title), service.versions(title), service.text(leaf(title), null, "all")]) {
        expect(path(url)).toMatch(/^\/api\/(?:v2\/index|texts\/versions|v3\/texts)\/[^/]+$/);
        expect(path(url)).not.toMatch(/[\r\n?#]/);
      }
    }
    for (const title of [".", ".."]) {
      expect(refusal(() => service.index(title)).code).toBe("wire-shape");
      expect(refusal(() => service.text(leaf(title), null, "all")).code).toBe("wire-shape");
    }
  });

  test("nor does an object's name, or an address of the published index", () => {
    const object = (name: string) =>
      bucket.object({ name, size: 1, md5: null, crc32c: null, generation: "", updated: "" });
    for (const name of ["json/../../other/x.json", "..", "json/./x"]) {
      expect(refusal(() => object(name)).code).toBe("wire-shape");
    }
    const hostile = nameInUrl("https://evil.example/sefaria-export/json/%2e%2e/%2e%2e/other/x.json");
    expect(refusal(() => object(hostile ?? "")).code).toBe("wire-shape");
    expect(nameInUrl("file:///etc/passwd")).toBeNull();
    expect(path(object("json/a?b=c#d/x y.json").url)).toBe("/sefaria-export/json/a%3Fb%3Dc%23d/x%20y.json");
  });
});
