import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary } from "../generate/library.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import { listAll, listPage } from "../testing/bucket-client.ts";
import { smallLibrary } from "../testing/small-library.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "demo", oddNames: true }) });
});

afterAll(() => sandbox.stop());

const names = (items: readonly { readonly name: string }[] = []) => items.map(({ name }) => name);

describe("the listing", () => {
  test("is in the order of the names' bytes, whatever the size of its pages", async () => {
    const all = names(await listAll(sandbox));
    expect(all).toEqual(all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(new Set(all).size).toBe(all.length);
    const found: string[] = [];
    let pageToken = "";
    for (let pages = 0; pages === 0 || pageToken !== ""; pages++) {
      const page = await listPage(sandbox, { maxResults: "7", ...(pageToken === "" ? {} : { pageToken }) });
      expect(page.items?.length).toBeLessThanOrEqual(7);
      found.push(...names(page.items));
      pageToken = page.nextPageToken ?? "";
      expect(pages).toBeLessThan(all.length / 7);
    }
    expect(found).toEqual(all);
  });

  test("takes a prefix of any length, and has no items where nothing begins so", async () => {
    const all = names(await listAll(sandbox));
    for (const prefix of [
      "j",
      "json/Tan",
      "json/Tanakh/Torah/Scroll of Gates/Hebrew/Poi",
      "schemas/T",
      "links/links",
      "last_export.txt",
    ]) {
      const found = names(await listAll(sandbox, prefix));
      expect(found.length).toBeGreaterThan(0);
      expect(found).toEqual(all.filter((name) => name.startsWith(prefix)));
    }
    expect(await listPage(sandbox, { prefix: "json/Nothing" })).not.toHaveProperty("items");
    expect(await listPage(sandbox, { prefix: "json/Nothing", fields: "items(name),nextPageToken" })).toEqual({});
  });

  test("sends the fields that are asked for, numbers of 64 bits as strings", async () => {
    const fields = "items(name,size,md5Hash,crc32c,generation,updated),nextPageToken";
    const { items = [], nextPageToken } = await listPage(sandbox, { fields, maxResults: "40" });
    expect(nextPageToken).toBeString();
    const sent = new Set(items.map((item) => Object.keys(item).toSorted().join()));
    expect(sent).toEqual(
      new Set(["crc32c,generation,md5Hash,name,size,updated", "crc32c,generation,name,size,updated"]),
    );
    expect(items[0]).toMatchObject({
      size: expect.stringMatching(/^\d+$/),
      generation: expect.stringMatching(/^\d{16}$/),
    });
    expect(await listPage(sandbox, { fields: "items/name", maxResults: "1" })).toEqual({
      items: [{ name: items[0]?.name }],
    } as never);
  });

  test("groups by a delimiter", async () => {
    expect(await listPage(sandbox, { delimiter: "/", fields: "prefixes,items/name" })).toEqual({
      prefixes: ["json/", "links/", "schemas/"],
      items: [{ name: "last_export.txt" }, { name: "table_of_contents.json" }],
    } as never);
    const { prefixes } = await listPage(sandbox, { delimiter: "/", prefix: "json/Tanakh/Torah/" });
    expect(prefixes).toEqual(["json/Tanakh/Torah/Scroll of Gates/", "json/Tanakh/Torah/Scroll of Rivers/"]);
  });

  test.each([{ maxResults: "0" }, { maxResults: "many" }, { pageToken: "%%" }, { fields: "items(" }])(
    "refuses %j",
    async (query) => {
      const response = await fetch(
        `${sandbox.url}/storage/v1/b/sefaria-export/o?${new URLSearchParams({ ...query }).toString()}`,
      );
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 400 } });
    },
  );
});

test("a page holds a thousand objects at most", async () => {
  const links = () => Array.from({ length: 1100 }, (_, at) => `A ${at},B ${at},,A,B,X,Y`);
  await using many = stopping(await startSandbox({ library: { ...smallLibrary, links }, bucket: { linksPerFile: 1 } }));
  const first = await listPage(many.sandbox, { prefix: "links/", maxResults: "5000" });
  expect(first.items).toHaveLength(1000);
  expect(await listAll(many.sandbox, "links/")).toHaveLength(1101);
});

test("the folder before everything can be another", async () => {
  await using other = stopping(await startSandbox({ library: smallLibrary, bucket: { root: "current/" } }));
  const all = names(await listAll(other.sandbox));
  expect(all.every((name) => name.startsWith("current/"))).toBe(true);
  expect(all).toContain("current/json/Tanakh/Torah/Genesis/Hebrew/First Hebrew.json");
  expect(names(await listAll(other.sandbox, "current/sch"))).toContain("current/schemas/Guide.json");
  expect((await listPage(other.sandbox, { prefix: "json/" })).items).toBeUndefined();
});

test("books.json names every text file, and no file that is none", async () => {
  const response = await fetch(`${sandbox.url}/Sefaria/Sefaria-Export/master/books.json`);
  const index = (await response.json()) as {
    readonly base_url: string;
    readonly total_texts: number;
    readonly special_files: readonly { readonly path: string }[];
    readonly books: readonly { readonly title: string; readonly categories: string[]; readonly json_url: string }[];
  };
  const texts = names(await listAll(sandbox, "json/"));
  expect(index.total_texts).toBe(texts.length);
  expect(index.books.map((book) => decodeURIComponent(book.json_url.slice(index.base_url.length))).toSorted()).toEqual(
    texts.toSorted(),
  );
  const odd = index.books.find((book) => book.title === "Questions/Answers of the Gate");
  expect(odd?.categories).toEqual(["Halakhah", "Responsa"]);
  expect(index.special_files.map(({ path }) => path)).toContain("table_of_contents.json");
  expect((await fetch(odd?.json_url ?? "")).status).toBe(200);
});

function stopping(started: Sandbox) {
  return { sandbox: started, [Symbol.asyncDispose]: () => started.stop() };
}
