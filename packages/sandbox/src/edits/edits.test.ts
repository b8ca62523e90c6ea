import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startSandbox, type Sandbox } from "../server.ts";
import { Stand } from "../stand.ts";
import { download, listAll, listPage, readObject, type Item } from "../testing/bucket-client.ts";
import { smallLibrary } from "../testing/small-library.ts";
import { EditError, type Edit, type NewBook } from "./edit.ts";

const FOLDER = "json/Tanakh/Torah";
const FIRST = { title: "Genesis", language: "he", versionTitle: "First Hebrew" } as const;
const WHOLE = { title: "Likutei Moharan", language: "he", versionTitle: "Whole" } as const;

let sandbox: Sandbox;
let before: ReadonlyMap<string, Item>;

beforeEach(async () => {
  const links = () => ["Genesis 1:1,Rashi on Genesis 1:1:1,commentary,Genesis,Rashi on Genesis,Tanakh,Tanakh"];
  sandbox = await startSandbox({ library: { ...smallLibrary, links } });
  before = new Map((await listAll(sandbox)).map((item) => [item.name, item]));
});

afterEach(() => sandbox.stop());

async function serviceText(ref: string, version: string): Promise<unknown> {
  const query = new URLSearchParams({ version: `hebrew|${version}` });
  const response = await fetch(`${sandbox.url}/api/v3/texts/${encodeURIComponent(ref)}?${query.toString()}`);
  const { versions } = (await response.json()) as { readonly versions?: readonly { readonly text: unknown }[] };
  return versions?.[0]?.text;
}

async function fileText(title: string, version: string): Promise<unknown> {
  return (await readObject(sandbox, `${FOLDER}/${title}/Hebrew/${version}.json`))["text"];
}

/** Objects that are new, gone, of other bytes, and only of another generation. */
async function differences() {
  const now = new Map((await listAll(sandbox)).map((item) => [item.name, item]));
  const both = [...now.values()].flatMap((item) => {
    const old = before.get(item.name);
    return old === undefined ? [] : [{ item, old }];
  });
  return {
    added: [...now.keys()].filter((name) => !before.has(name)),
    gone: [...before.keys()].filter((name) => !now.has(name)),
    changed: both.filter(({ item, old }) => item.crc32c !== old.crc32c).map(({ item }) => item.name),
    rewritten: both
      .filter(({ item, old }) => item.crc32c === old.crc32c && item.generation !== old.generation)
      .map(({ item }) => item.name),
  };
}

describe("a segment", () => {
  test("is changed for the service and in its file, and nothing else is touched", async () => {
    sandbox.edit({ kind: "change", ...FIRST, path: [0, 1], text: "A TWO" });
    const expected = [["a1", "A TWO", "a3"], ["b1", "b2"], [], ["d1"]];
    expect(await serviceText("Genesis", "First Hebrew")).toEqual(expected);
    expect(await fileText("Genesis", "First Hebrew")).toEqual(expected);
    const names = ["First Hebrew", "merged"].map((file) => `${FOLDER}/Genesis/Hebrew/${file}.json`);
    expect(await differences()).toEqual({ added: [], gone: [], changed: names, rewritten: [] });
  });

  test("is inserted and deleted; the others move, and the counts follow", async () => {
    sandbox.edit(
      { kind: "insert", ...FIRST, path: [1, 0], text: "b0" },
      { kind: "delete", ...FIRST, path: [0, 0] },
      { kind: "insert", ...FIRST, path: [3, 1], text: "d2" },
    );
    const expected = [["a2", "a3"], ["b0", "b1", "b2"], [], ["d1", "d2"]];
    expect(await serviceText("Genesis", "First Hebrew")).toEqual(expected);
    expect(await fileText("Genesis", "First Hebrew")).toEqual(expected);
    const index = await fetch(`${sandbox.url}/api/v2/index/Genesis?with_content_counts=1`);
    // The English translation still has a third verse in its first chapter.
    expect(await index.json()).toMatchObject({ schema: { content_counts: [3, 3, 0, 2] } });
  });

  test("lies in a default node, in a named node, on a daf", async () => {
    sandbox.edit(
      { kind: "change", ...WHOLE, path: [0, 0, 0], text: "M" },
      { kind: "change", ...WHOLE, node: "Likutei Moharan, Introduction", path: [1], text: "I" },
      { kind: "change", title: "Berakhot", language: "he", versionTitle: "Vilna", path: [2, 0], text: "2A" },
    );
    expect(await fileText("Likutei Moharan", "Whole")).toEqual({
      Introduction: ["i1", "I"],
      "": [[["M"]], [["m211", "m212"]]],
      "Part 2": [],
    });
    expect(await serviceText("Likutei Moharan 1:1:1", "Whole")).toBe("M");
    expect(await serviceText("Berakhot 2a:1", "Vilna")).toBe("2A");
  });

  test("changed back is the object of before, in its content", async () => {
    sandbox.edit({ kind: "change", ...FIRST, path: [0, 0], text: "other" });
    expect((await differences()).changed).toHaveLength(2);
    sandbox.edit({ kind: "change", ...FIRST, path: [0, 0], text: "a1" });
    const now = await differences();
    expect(now.changed).toEqual([]);
    expect(now.rewritten).toHaveLength(2);
  });
});

describe("versions, books, links", () => {
  test("a version goes and another comes", async () => {
    sandbox.edit(
      { kind: "drop-version", ...FIRST },
      {
        kind: "add-version",
        title: "Genesis",
        version: { language: "en", versionTitle: "New: English", license: "CC0", text: [["n1"]] },
      },
    );
    expect(await differences()).toMatchObject({
      added: [`${FOLDER}/Genesis/English/New English.json`],
      gone: [`${FOLDER}/Genesis/Hebrew/First Hebrew.json`],
    });
    const versions = await fetch(`${sandbox.url}/api/texts/versions/Genesis`);
    expect(((await versions.json()) as { versionTitle: string }[]).map(({ versionTitle }) => versionTitle)).toEqual([
      "Second Hebrew",
      "First English",
      "En français [fr]",
      "New: English",
    ]);
  });

  test("a book comes and another goes, from the contents too", async () => {
    const titles = [{ text: "Ruth", lang: "en", primary: true }];
    const book: NewBook = {
      title: "Ruth",
      heTitle: "רות",
      categories: ["Tanakh", "Writings"],
      schema: { nodeType: "JaggedArrayNode", depth: 2, addressTypes: ["Perek", "Pasuk"], key: "Ruth", titles },
      versions: [{ language: "he", versionTitle: "Scroll", text: [["r1"]] }],
    };
    sandbox.edit({ kind: "add-book", book }, { kind: "drop-book", title: "Guide" });
    expect(await differences()).toEqual({
      added: [
        "json/Tanakh/Writings/Ruth/Hebrew/Scroll.json",
        "json/Tanakh/Writings/Ruth/Hebrew/merged.json",
        "schemas/Ruth.json",
      ],
      gone: [`${FOLDER}/Guide/Hebrew/Ibn Tibbon.json`, `${FOLDER}/Guide/Hebrew/merged.json`, "schemas/Guide.json"],
      changed: ["table_of_contents.json"],
      rewritten: [],
    });
    expect(await serviceText("Ruth 1:1", "Scroll")).toBe("r1");
    expect((await fetch(`${sandbox.url}/api/v3/texts/Guide, Part 1 1`)).status).toBe(404);
    expect((await download(sandbox, "schemas/Guide.json")).status).toBe(404);
  });

  test("links come and go", async () => {
    sandbox.edit(
      { kind: "add-link", fields: ["Guide, Part 1 1:1", "Genesis 2:1", "", "Guide", "Genesis", "Tanakh", "Tanakh"] },
      { kind: "drop-link", refs: ["Genesis 1:1", "Rashi on Genesis 1:1:1"] },
    );
    const { bytes, headers } = await download(sandbox, "links/links0.csv");
    const text = headers.get("content-encoding") === "gzip" ? Bun.gunzipSync(new Uint8Array(bytes)) : bytes;
    const [, ...lines] = Buffer.from(text).toString().split("\r\n");
    expect(lines).toEqual([`"Guide, Part 1 1:1",Genesis 2:1,,Guide,Genesis,Tanakh,Tanakh`, ""]);
  });
});

test("an edit while a listing is being made is listed, never what was before it", async () => {
  const stand = new Stand(smallLibrary, { gzip: "none" });
  // It has taken the books' names and waits before the first of them.
  const listing = stand.bucket.list("");
  stand.edit([
    { kind: "change", ...FIRST, path: [0, 0], text: "changed" },
    { kind: "drop-book", title: "Zohar" },
  ]);
  const listed = await listing;
  const name = `${FOLDER}/Genesis/Hebrew/First Hebrew.json`;
  const stored = stand.bucket.get(name) ?? expect.unreachable();
  expect(stored.bytes.toString()).toContain("changed");
  expect(listed.find((info) => info.name === name)).toEqual(stored.info);
  expect(listed.filter((info) => info.name.includes("Zohar"))).toEqual([]);
});

describe("generations", () => {
  const NAME = `${FOLDER}/Genesis/Hebrew/First Hebrew.json`;

  test("a touch gives the same bytes a new one, one object or all", async () => {
    sandbox.edit({ kind: "touch", object: NAME });
    expect(await differences()).toEqual({ added: [], gone: [], changed: [], rewritten: [NAME] });
    sandbox.edit({ kind: "touch" });
    expect((await differences()).rewritten).toHaveLength(before.size);
  });

  test("an object is replaced once a page has listed it", async () => {
    sandbox.edit(
      { kind: "replace-after-listing", object: NAME },
      {
        kind: "replace-after-listing",
        object: `${FOLDER}/Berakhot/Hebrew/Vilna.json`,
        edit: { kind: "change", title: "Berakhot", language: "he", versionTitle: "Vilna", path: [2, 0], text: "new" },
      },
    );
    expect((await download(sandbox, NAME)).headers.get("x-goog-generation")).toBe(before.get(NAME)?.generation ?? "");
    const { items = [] } = await listPage(sandbox, { prefix: NAME });
    const listed = items[0]?.generation ?? "";
    expect((await download(sandbox, NAME, {}, `?generation=${listed}`)).status).toBe(404);
    const again = (await listPage(sandbox, { prefix: NAME })).items?.[0];
    expect((await download(sandbox, NAME, {}, `?generation=${again?.generation ?? ""}`)).status).toBe(200);
    expect(again?.crc32c).toBe(items[0]?.crc32c ?? "");
    await listPage(sandbox, { prefix: `${FOLDER}/Berakhot/` });
    expect(await serviceText("Berakhot 2a:1", "Vilna")).toBe("new");
  });
});

describe("an edit of what is not there", () => {
  const wrong: readonly Edit[] = [
    { kind: "change", ...FIRST, title: "Exodus", path: [0], text: "" },
    { kind: "change", ...FIRST, versionTitle: "Third Hebrew", path: [0, 0], text: "" },
    { kind: "change", ...FIRST, path: [0, 3], text: "" },
    { kind: "insert", ...FIRST, path: [0, 4], text: "" },
    { kind: "delete", ...FIRST, path: [2, 0] },
    { kind: "change", ...WHOLE, node: "Likutei Moharan, Part 3", path: [0], text: "" },
    { kind: "drop-book", title: "Exodus" },
    { kind: "touch", object: "json/nothing" },
    { kind: "drop-link", refs: ["a", "b"] },
  ];

  test.each([...wrong])("%j is refused and changes nothing", async (edit) => {
    expect(() => sandbox.edit(edit)).toThrow(EditError);
    expect(await differences()).toEqual({ added: [], gone: [], changed: [], rewritten: [] });
  });
});

describe("over the wire", () => {
  const post = (body: unknown) => fetch(`${sandbox.url}/_sandbox/edit`, { method: "POST", body: JSON.stringify(body) });

  test("one edit or a list", async () => {
    const edit = { kind: "change", ...FIRST, path: [0, 0], text: "wired" };
    expect(await (await post(edit)).json()).toEqual({ edits: 1 });
    expect(await serviceText("Genesis 1:1", "First Hebrew")).toBe("wired");
    expect(await (await post([{ kind: "touch" }, { kind: "drop-book", title: "Zohar" }])).json()).toEqual({ edits: 2 });
    expect(sandbox.library().books.map(({ title }) => title)).not.toContain("Zohar");
  });

  test.each([
    ["hello"],
    [{ kind: "erase" }],
    [{ kind: "toString" }],
    [{ kind: "change", ...FIRST, path: ["0"], text: "x" }],
    [{ kind: "change", ...FIRST, path: [0, 0] }],
    [{ kind: "replace-after-listing", object: "x", edit: { kind: "drop-book" } }],
    [{ kind: "drop-book", title: "Exodus" }],
  ])("%j is refused with 400", async (body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("error");
  });
});
