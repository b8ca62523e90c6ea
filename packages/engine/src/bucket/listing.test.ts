import { describe, expect, test } from "bun:test";
import { SoferError, toPlainError, type ContentsEntry, type ListedObject, type ObjectPage } from "@sofer/core";
import { commonFolder, readListing, type BucketReader, type ExportNames, type PageAsk } from "./listing.ts";

const entry = (title: string, order = 0): ContentsEntry => ({
  title,
  heTitle: "",
  categories: ["Tanakh"],
  order,
  dependence: null,
  baseTitles: [],
});

const object = (name: string): ListedObject => ({
  name,
  size: 1,
  md5: name,
  crc32c: null,
  generation: "1",
  updated: "",
});

/** Names as simple as they can be; the real ones are tested where they are. */
const names: ExportNames = {
  contents: "contents.json",
  folderOf: ({ title }) => `json/Tanakh/${title}/`,
  schemaOf: (title) => `schemas/${title}.json`,
  fileNameOf: (title) => `${title}.json`,
  partsOf(name) {
    const at = name.lastIndexOf("/Hebrew/");
    return at < 0 ? null : { folder: name.slice(0, at + 1), language: "he", fileName: name.slice(at + 8) };
  },
  match(folders, contents) {
    const known = new Map(contents.map(({ title }) => [`json/Tanakh/${title}/`, title]));
    const all = [...folders];
    return {
      folders: new Map(all.flatMap((folder) => (known.has(folder) ? [[known.get(folder) ?? "", folder]] : []))),
      unknown: all.filter((folder) => !known.has(folder)),
    };
  },
};

/** Two objects a page; asks are kept. */
function readerOf(objects: readonly ListedObject[], failing: Readonly<Record<string, SoferError>> = {}) {
  const asked: PageAsk[] = [];
  const page = (ask: PageAsk): ObjectPage => {
    const found = objects.filter(({ name }) => name.startsWith(`current/${ask.prefix}`));
    const from = Number(ask.token ?? 0);
    return { objects: found.slice(from, from + 2), nextPageToken: found.length > from + 2 ? String(from + 2) : null };
  };
  const reader: BucketReader = {
    root: () => "current/",
    index: () => Promise.resolve(objects.filter(({ name }) => name.includes("json/"))),
    pages(asks) {
      asked.push(...asks);
      return Promise.resolve(
        asks.map((ask) => {
          const error = failing[ask.prefix];
          return error === undefined ? page(ask) : toPlainError(error);
        }),
      );
    },
  };
  return { reader, asked };
}

const files = (title: string) =>
  [`json/Tanakh/${title}/Hebrew/A.json`, `json/Tanakh/${title}/Hebrew/B.json`, `schemas/${title}.json`].map((name) =>
    object(`current/${name}`),
  );
const many = Array.from({ length: 21 }, (_, index) => entry(`Book ${index}`, index));

test("few books are listed one by one, many by the folder they share, page after page", async () => {
  const all = [...many.flatMap(({ title }) => files(title)), ...files("Stranger")];
  const few = readerOf(all);
  const [first] = many;
  if (first === undefined) throw new Error("no books");
  const one = await readListing(few.reader, names, [first], many);
  expect(few.asked.map(({ prefix }) => prefix)).toEqual(["json/Tanakh/Book 0/", "schemas/Book 0.json"]);
  expect(one.books[0]?.texts.map(({ fileName }) => fileName)).toEqual(["A.json", "B.json"]);
  expect(one.beyond).toEqual([]);

  const whole = readerOf(all);
  const listing = await readListing(whole.reader, names, many, many);
  expect(new Set(whole.asked.map(({ prefix }) => prefix))).toEqual(new Set(["json/Tanakh/", "schemas/"]));
  expect(listing).toMatchObject({ objects: 66, pages: 22 + 11, beyond: ["json/Tanakh/Stranger/"] });
  expect(listing.books.every((book) => book.schema !== null && book.texts.length === 2)).toBe(true);
});

test("a book whose listing fails is named; a long listing that breaks off is none", async () => {
  const all = many.flatMap(({ title }) => files(title));
  const failing = { "json/Tanakh/Book 1/": new SoferError("server-error", "HTTP 500") };
  const listing = await readListing(readerOf(all, failing).reader, names, many.slice(0, 2), many);
  expect([...listing.failed.keys()]).toEqual(["Book 1"]);
  expect(listing.books.map((book) => book.entry.title)).toEqual(["Book 0"]);
  const broken = readerOf(all, { "schemas/": new SoferError("server-error", "HTTP 500") });
  expect(readListing(broken.reader, names, many, many)).rejects.toThrow("HTTP 500");
});

test("a listing that is redirected elsewhere is not refused: the books are named", async () => {
  const elsewhere = new SoferError("refused", "redirected to another place", { status: 302 });
  const { reader } = readerOf(files("Book 0"), { "json/Tanakh/Book 0/": elsewhere });
  const listing = await readListing(reader, names, many.slice(0, 1), many);
  expect(listing.refusedWith).toBeNull();
  expect([...listing.failed.keys()]).toEqual(["Book 0"]);
});

test("where listing is refused, the index names the texts, and schemas are asked for unseen", async () => {
  const refused = new SoferError("refused", "HTTP 403", { status: 403 });
  const failing = { "json/Tanakh/Book 0/": refused, "schemas/Book 0.json": refused };
  const { reader } = readerOf(files("Book 0"), failing);
  const listing = await readListing(reader, names, many.slice(0, 1), many);
  expect(listing.refusedWith?.message).toBe("HTTP 403");
  expect(listing.books[0]?.texts).toHaveLength(2);
  expect(listing.books[0]?.schema).toMatchObject({ name: "current/schemas/Book 0.json", size: -1, md5: null });
});

test("the folder in common", () => {
  expect(commonFolder(["json/A/B/x/", "json/A/B/y/"])).toBe("json/A/B/");
  expect(commonFolder(["json/A/B/", "json/A/"])).toBe("json/A/");
  expect(commonFolder(["json/A/", "json/AB/"])).toBe("json/");
});

describe("a listing that never ends", () => {
  const all = many.flatMap(({ title }) => files(title));
  const turning = (next: (ask: PageAsk) => string): BucketReader => ({
    ...readerOf(all).reader,
    pages: (asks) => Promise.resolve(asks.map((ask) => ({ objects: [], nextPageToken: next(ask) }))),
  });

  test.each([
    ["the same token again and again", () => "again"],
    ["tokens that go in a circle", ({ page }: PageAsk) => `token ${page % 3}`],
  ] as const)("%s: named, and not followed", async (_what, next) => {
    const few = await readListing(turning(next), names, many.slice(0, 2), many);
    expect([...few.failed].map(([title, { code }]) => [title, code])).toEqual([
      ["Book 0", "wire-shape"],
      ["Book 1", "wire-shape"],
    ]);
    expect(readListing(turning(next), names, many, many)).rejects.toThrow("does not come to an end");
  });
});

test("an object that is listed twice is one object", async () => {
  const all = [...files("Book 0"), ...files("Book 0")];
  const [book] = (await readListing(readerOf(all).reader, names, many.slice(0, 1), many)).books;
  expect(book?.texts.map(({ fileName }) => fileName).toSorted()).toEqual(["A.json", "B.json"]);
});
