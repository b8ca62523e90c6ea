import { expect, setDefaultTimeout, test } from "bun:test";
import { isBlank, places, slotCount } from "@sofer/core";
import { walkNodes } from "../nodes.ts";
import { OpenedBook } from "../opened-book.ts";
import { demoLibrary, generateLibrary } from "./library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const library = demoLibrary();
const opened = library.books.map((book) => new OpenedBook(book));
const leaves = opened.flatMap((book) => book.leaves().flatMap(({ leaf }) => leaf ?? []));
const versions = opened.flatMap((book) => book.content.versions);

const found = opened.flatMap((book) =>
  book
    .leaves()
    .flatMap(({ leaf }) =>
      leaf === null
        ? []
        : book.content.versions.flatMap((version) => [...places(book.text(version, leaf), leaf.depth)]),
    ),
);
const segments = found.filter((place) => place.kind === "text").map((place) => place.text);

function digest(seed: string): string {
  const content = generateLibrary({ seed }).books.map((book) => [book.title, book.listing, book.load()]);
  return Bun.hash.xxHash3(JSON.stringify(content)).toString(16);
}

function slotsAt(scale: number): number {
  const books = generateLibrary({ seed: "s", scale }).books.map((book) => new OpenedBook(book));
  return books.reduce(
    (sum, book) => sum + book.leaves().reduce((all, leaf) => all + slotCount(book.counts(leaf)), 0),
    0,
  );
}

test("the same seed makes the same library, another seed another", () => {
  expect(digest("one")).toBe(digest("one"));
  expect(digest("one")).not.toBe(digest("two"));
});

test("about ten thousand segments in 25 to 40 books; scale makes more", () => {
  expect(library.books.length).toBeGreaterThanOrEqual(25);
  expect(library.books.length).toBeLessThanOrEqual(40);
  expect(segments.length).toBeGreaterThan(8_000);
  expect(segments.length).toBeLessThan(15_000);
  expect(slotsAt(2)).toBeGreaterThan(slotsAt(1) * 1.7);
});

test("every structure is there", () => {
  expect(new Set(leaves.map((leaf) => leaf.depth))).toEqual(new Set([1, 2, 3, 4]));
  const addressTypes = new Set(leaves.flatMap((leaf) => leaf.addressTypes));
  expect(addressTypes.isSupersetOf(new Set(["Talmud", "Folio", "Perek", "Siman", "SeifKatan", "Volume"]))).toBe(true);
  expect(leaves.some((leaf) => leaf.offsets !== null)).toBe(true);
  expect(leaves.filter((leaf) => leaf.isDefault)).toHaveLength(2);
  expect(Math.max(...leaves.map((leaf) => leaf.keys.length))).toBe(3);
  expect(opened.filter((book) => [...walkNodes(book.root)].some((node) => node.isVirtual))).toHaveLength(1);
  expect(library.books.filter((book) => book.listing["dependence"] === "Commentary").length).toBeGreaterThan(2);
});

test("every oddity is there", () => {
  expect(found.some((place) => place.irregular === "deeper")).toBe(true);
  expect(found.some((place) => place.irregular === "shallower")).toBe(true);
  expect(found.some((place) => place.kind === "not-text")).toBe(true);
  expect(found.some((place) => place.kind === "blank" && place.text !== "" && isBlank(place.text))).toBe(true);
  expect(Math.max(...segments.map((text) => text.length))).toBeGreaterThan(20_000);
});

test("marks, markup and the phrase a demo search looks for", () => {
  const all = segments.join("\n");
  for (const sign of [
    "\u05B8",
    "\u0596",
    "<small>",
    "<img ",
    "&nbsp;",
    'class="footnote"',
    "שמע ישראל",
    "Shema Yisrael",
  ]) {
    expect(all).toContain(sign);
  }
});

test("versions tie in priority, one is copyrighted, one is French, one has no licence", () => {
  expect(versions.some((version) => version.meta.license?.startsWith("Copyright") === true)).toBe(true);
  expect(versions.some((version) => version.meta.license === null)).toBe(true);
  expect(versions.some((version) => version.meta.actualLanguage === "fr")).toBe(true);
  const gates = opened[0]?.content.versions.filter(({ meta }) => meta.language === "en" && meta.priority === undefined);
  expect(gates?.length).toBeGreaterThan(1);
});

test("a version of highest priority has nothing in its book's default node", () => {
  const book = opened.find((other) => other.book.title === "Gathered Teachings");
  const main = book?.leaves().find((node) => node.leaf?.isDefault === true)?.leaf;
  const first = book?.content.versions.toSorted(
    (a, b) => Number(b.meta.priority ?? 0) - Number(a.meta.priority ?? 0),
  )[0];
  expect(book !== undefined && main && first ? book.text(first, main) : null).toEqual([]);
});

test("titles are unique, and so is each book's language and version title", () => {
  const titles = library.books.map((book) => book.title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(new Set(leaves.map((leaf) => leaf.title)).size).toBe(leaves.length);
  for (const { content } of opened) {
    const keys = content.versions.map(({ meta }) => `${meta.language}|${meta.versionTitle}`);
    expect(new Set(keys).size).toBe(keys.length);
  }
});
