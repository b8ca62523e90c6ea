import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { isBlank, places, slotCount } from "@sofer/core";
import { splitLine } from "../bucket/fixed-files.ts";
import { OpenedBook } from "../opened-book.ts";
import { wholeLibrary } from "./library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const BOOKS = 70;
const library = wholeLibrary({ seed: "one", books: BOOKS });
const opened = library.books.map((book) => new OpenedBook(book));
const lines = [...library.linkLines()];

function textsOf(language: string): string[] {
  return opened.flatMap((book) =>
    book.content.versions
      .filter(({ meta }) => meta.language === language)
      .flatMap((version) => book.leaves().flatMap(({ leaf }) => (leaf === null ? [] : [book.text(version, leaf)])))
      .flatMap((text) => strings(text)),
  );
}

function strings(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(strings);
  return typeof value === "string" && !isBlank(value) ? [value] : [];
}

const hebrew = textsOf("he");
const english = textsOf("en");

test("a hundredth of the books has about a hundredth of the texts, and of the links exactly that", () => {
  expect(Math.abs(hebrew.length / 35_500 - 1)).toBeLessThan(0.02);
  expect(Math.abs(english.length / 8_900 - 1)).toBeLessThan(0.02);
  expect(lines.length).toBeGreaterThanOrEqual(46_999);
  expect(lines.length).toBeLessThanOrEqual(47_001);
});

test("the same seed makes the same books and links, another seed others", () => {
  const digest = (seed: string) => {
    const made = wholeLibrary({ seed, books: 6 });
    return Bun.hash(JSON.stringify([made.books.map((book) => [book.title, book.load()]), [...made.linkLines()]]));
  };
  expect(digest("a")).toBe(digest("a"));
  expect(digest("a")).not.toBe(digest("b"));
});

test("texts are as long as real ones, in the middle and at the long end, out of many words", () => {
  const mean = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  // Real ones: 204 and 324 characters.
  expect(mean(hebrew)).toBeWithin(160, 280);
  expect(mean(english)).toBeWithin(260, 430);
  expect(hebrew.map((text) => text.length).toSorted((a, b) => a - b)[hebrew.length >> 1]).toBeLessThan(130);
  const words = new Set(hebrew.flatMap((text) => text.replaceAll(/\p{M}/gu, "").split(/[^\p{L}]+/u)));
  expect(words.size).toBeGreaterThan(30_000);
});

test("titles are unlike each other in both languages, and commentaries name a book that is there", () => {
  for (const titles of [library.books.map((book) => book.title), library.books.map((book) => book.heTitle)]) {
    expect(new Set(titles).size).toBe(BOOKS);
  }
  const bases = library.books.flatMap((book) => (book.listing["base_text_titles"] as string[] | undefined) ?? []);
  expect(bases.length).toBeGreaterThan(BOOKS / 8);
  expect(bases.every((base) => library.books.some((book) => book.title === base))).toBe(true);
});

describe("structures", () => {
  const leaves = opened.flatMap((book) => book.leaves().map((node) => ({ book, node })));

  test("lists, sections, comments and parts, all as deep as their schema says", () => {
    expect(new Set(leaves.map(({ node }) => node.leaf?.depth))).toEqual(new Set([1, 2, 3]));
    expect(opened.some((book) => book.isComplex)).toBe(true);
    for (const { book, node } of leaves) {
      const { leaf } = node;
      if (leaf === null) throw new Error("a node that holds text has no leaf");
      for (const version of book.content.versions) {
        for (const place of places(book.text(version, leaf), leaf.depth)) expect(place.path).toHaveLength(leaf.depth);
      }
    }
  });

  test("the first Hebrew version has every place", () => {
    for (const { book, node } of leaves) {
      const [first] = book.content.versions;
      if (first === undefined || node.leaf === null) throw new Error("no version");
      expect(strings(book.text(first, node.leaf)).length).toBe(slotCount(book.counts(node)));
    }
  });
});

test("all but a few links lie in books that are there, most comments at what they comment on", () => {
  const titles = new Set(library.books.map((book) => book.title));
  const fields = lines.map(splitLine);
  const elsewhere = fields.filter(([, , , , to = ""]) => !titles.has(to));
  expect(elsewhere.length / fields.length).toBeWithin(0.004, 0.015);
  const comments = fields.filter(([, , type]) => type === "commentary");
  expect(comments.length).toBeGreaterThan(1_000);
  for (const [, to = "", , from = "", base = ""] of comments) {
    expect(from).toEndWith(` on ${base}`);
    expect(to).toStartWith(`${base} `);
  }
});
