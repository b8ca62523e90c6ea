import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generateLibrary } from "../generate/library.ts";
import { isObject } from "../opened-book.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import { listAll, objectUrl, readObject } from "../testing/bucket-client.ts";
import { splitLine, LINKS_HEADER } from "./fixed-files.ts";
import { mergeTexts } from "./merge.ts";

/** A version's file of a complex book as published, kept beside the project, not in it. */
const RECORDED = join(import.meta.dir, "../../../../../shared/recorded/export.chofetz-chaim.hebrew.json");

let sandbox: Sandbox;
let names: readonly string[];

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "demo", oddNames: true }) });
  names = (await listAll(sandbox)).map(({ name }) => name);
});

afterAll(() => sandbox.stop());

/** Node names by the `schema` of a file, and by the keys of its `text`: a list where the text lies. */
function namesOfSchema(node: unknown): unknown {
  if (!isObject(node) || !Array.isArray(node["nodes"])) return "text";
  const nodes: unknown[] = node["nodes"];
  return Object.fromEntries(nodes.map((child) => [isObject(child) ? child["enTitle"] : "", namesOfSchema(child)]));
}

function namesOfText(text: unknown): unknown {
  if (!isObject(text)) return "text";
  return Object.fromEntries(Object.entries(text).map(([key, inner]) => [key, namesOfText(inner)]));
}

describe("a version's file", () => {
  test.skipIf(!existsSync(RECORDED))(
    "of a complex book has the published form (recorded files beside the project)",
    async () => {
      const recorded = (await Bun.file(RECORDED).json()) as Record<string, unknown>;
      const ours = await readObject(sandbox, "json/Chasidut/Gathered Teachings/Hebrew/Sandbox Hebrew Edition.json");
      // The recorded file is older than two fields of today, and has another word for them.
      const { isBaseText, ...lasting } = recorded;
      expect(isBaseText).toBeBoolean();
      for (const [field, value] of Object.entries(lasting)) {
        expect([field, kindOf(ours[field])]).toEqual([field, field === "status" ? "string" : kindOf(value)]);
      }
      for (const { schema, text } of [recorded, ours]) {
        expect(isObject(schema) && Object.keys(schema).toSorted()).toEqual(["enTitle", "heTitle", "key", "nodes"]);
        expect(namesOfText(text)).toEqual(namesOfSchema(schema));
      }
      expect(ours["text"]).toHaveProperty([""]);
    },
  );

  test("of a simple book has section names, metadata, and the array as the service has it", async () => {
    const file = await readObject(sandbox, "json/Tanakh/Torah/Scroll of Gates/Hebrew/Pointed Text.json");
    expect(file).toMatchObject({
      title: "Scroll of Gates",
      heTitle: "מגילת שערים",
      language: "he",
      versionTitle: "Pointed Text",
      license: "Public Domain",
      priority: 2,
      actualLanguage: "he",
      categories: ["Tanakh", "Torah"],
      sectionNames: ["Chapter", "Verse"],
    });
    const service = await fetch(`${sandbox.url}/api/v3/texts/Scroll_of_Gates?version=hebrew|Pointed Text`);
    const { versions } = (await service.json()) as { readonly versions: readonly { readonly text: unknown }[] };
    expect(file["text"]).toEqual(versions[0]?.text);
  });

  test("keeps its side's folder, and what a file name may hold of its title", () => {
    const folder = "json/Halakhah/Responsa/Questions/Answers of the Gate/";
    expect(names.filter((name) => name.startsWith(folder)).map((name) => name.slice(folder.length))).toEqual([
      "English/Line oneline two.json",
      "English/The Gate Questions Part 12 new old why  [2nd].json",
      "English/merged.json",
      "English/Édition bilingue français [fr].json",
      "Hebrew/Sandbox Hebrew Edition.json",
      "Hebrew/merged.json",
      "Hebrew/מהדורת השער.json",
    ]);
  });

  test("is left out when copyrighted, and dictionaries have none", () => {
    expect(names.filter((name) => name.includes("Publisher's Edition"))).toEqual([]);
    expect(names.filter((name) => name.includes("Lexicon"))).toEqual(["schemas/Lexicon_of_the_Scribe.json"]);
  });
});

describe("merged", () => {
  test("takes each segment from the first version that has it", () => {
    expect(
      mergeTexts([
        ["", "b1", " "],
        ["a2", "b2", "c2", "d2"],
      ]),
    ).toEqual(["a2", "b1", "c2", "d2"]);
    expect(mergeTexts([[[], ["x"]], [["y", "z"]]])).toEqual([["y", "z"], ["x"]]);
    expect(
      mergeTexts([
        { "": [], A: ["1"] },
        { "": ["0"], A: ["2", "3"] },
      ]),
    ).toEqual({ "": ["0"], A: ["1", "3"] });
    expect(
      mergeTexts([
        ["", ["deep"]],
        ["flat", "flat"],
      ]),
    ).toEqual(["flat", ["deep"]]);
    expect(mergeTexts([])).toEqual([]);
  });

  test("goes by priority and names its sources", async () => {
    const folder = "json/Halakhah/Responsa/Questions/Answers of the Gate/Hebrew";
    const merged = await readObject(sandbox, `${folder}/merged.json`);
    const source = "https://sandbox.example/editions";
    expect(merged).toMatchObject({
      versionTitle: "merged",
      versions: [
        ["מהדורת השער", source],
        ["Sandbox Hebrew Edition", source],
      ],
    });
    expect(merged["text"]).toEqual((await readObject(sandbox, `${folder}/מהדורת השער.json`))["text"]);
  });
});

describe("files beside the texts", () => {
  test("a schema is the index record without counts; a book that is in no contents has an empty one", async () => {
    const schema = await readObject(sandbox, "schemas/Scroll_of_Gates.json");
    const index = await (await fetch(`${sandbox.url}/api/v2/index/Scroll_of_Gates`)).json();
    expect(schema).toEqual(index as typeof schema);
    expect(schema["schema"]).not.toHaveProperty("content_counts");
    const unlisted = await fetch(objectUrl(sandbox, "schemas/Withdrawn_Notes.json"));
    expect([unlisted.status, await unlisted.text()]).toEqual([200, ""]);
    expect(names).toContain("json/Jewish Thought/Withdrawn Notes/Hebrew/Sandbox Hebrew Edition.json");
    const contents = await fetch(objectUrl(sandbox, "table_of_contents.json"));
    expect(await contents.text()).not.toContain("Withdrawn");
    expect((await fetch(`${sandbox.url}/api/v3/texts/Withdrawn_Notes`)).status).toBe(404);
  });

  test("the contents are the service's", async () => {
    const contents = await fetch(objectUrl(sandbox, "table_of_contents.json"));
    expect(await contents.json()).toEqual(await (await fetch(`${sandbox.url}/api/index`)).json());
    const time = await (await fetch(objectUrl(sandbox, "last_export.txt"))).text();
    expect(Date.parse(time)).toBeGreaterThan(0);
  });

  test("links have the published header and everything that links have", async () => {
    const files = names.filter((name) => /^links\/links\d+\.csv$/.test(name));
    expect(files.length).toBeGreaterThan(1);
    const lines: string[] = [];
    for (const name of files) {
      const [header, ...rows] = (await (await fetch(objectUrl(sandbox, name))).text()).split("\r\n");
      expect(header).toBe(LINKS_HEADER);
      expect(rows.pop()).toBe("");
      lines.push(...rows);
    }
    const rows = lines.map(splitLine);
    expect(rows.every((row) => row.length === 7)).toBe(true);
    expect(rows.some(([one = ""]) => one.includes(","))).toBe(true);
    expect(lines.some((line) => line.startsWith('"'))).toBe(true);
    const titles = new Set(sandbox.library().books.map((book) => book.title));
    const has = (test: (row: string[]) => boolean) => expect(rows.filter(test).length).toBeGreaterThan(0);
    has(([, , type]) => type === "");
    has(([, , type]) => type === "commentary");
    has(([one = ""]) => /\d:\d+-\d+$/.test(one));
    has(([one = ""]) => /\d[ab]:\d+$/.test(one));
    has(([, , , , title = ""]) => !titles.has(title));
    has(([one = "", , , title = ""]) => one.startsWith("The ") && !title.startsWith("The "));
    expect(lines.length - new Set(lines).size).toBeGreaterThanOrEqual(3);
  });
});

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}
