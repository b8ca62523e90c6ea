import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import { backupLibrary } from "./backup.ts";
import { hashLibrary } from "./hash.ts";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

const en = versionOf("en", "V");

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SoferError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("not refused");
}

test("a copy is the library as it was, while a writer has it open and goes on", () => {
  using library = smallLibrary();
  addBook(library.writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one", "two"], ["three"]] }]);
  library.writer.buildIndex();
  const reader = openLibrary(library.path);
  const before = hashLibrary(reader).library;
  const path = join(library.folder, "copy.sqlite");
  // A transaction that is not committed belongs to no moment.
  const other = new Database(library.path, { readwrite: true, create: false });
  other.run("BEGIN IMMEDIATE");
  other.run("UPDATE segment_text SET text = 'half done'");
  expect(backupLibrary(library.path, path, false)).toMatchObject({ path, books: 1, texts: 3 });
  other.run("ROLLBACK");
  other.close();
  addBook(library.writer, leafOfTitle("Bet"), [{ meta: en, text: [["four"]] }], 1);
  const copy = openLibrary(path);
  expect(hashLibrary(copy).library).toBe(before);
  expect(copy.search({ query: "two", limit: 5 }).hits.map((hit) => hit.ref)).toEqual(["Aleph 1:2"]);
  expect(copy.books().map((book) => book.title)).toEqual(["Aleph"]);
  copy.close();
  reader.close();
});

test("an existing file is replaced only by force, and never by something damaged", () => {
  using library = smallLibrary();
  addBook(library.writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one"]] }]);
  const path = join(library.folder, "copy.sqlite");
  writeFileSync(path, "mine");
  expect(refusal(() => backupLibrary(library.path, path, false))).toBe(`usage: ${path} is there already`);
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(refusal(() => backupLibrary(library.path, library.path, true))).toContain("is the library itself");
  expect(refusal(() => backupLibrary(library.path, library.folder, true))).toContain("is not a file");
  expect(refusal(() => backupLibrary(library.path, join(library.folder, "no", "copy"), true))).toContain("no folder");
  const wrong = join(library.folder, "wrong.sqlite");
  writeFileSync(wrong, "not a database, however long it may be\n".repeat(100));
  expect(refusal(() => backupLibrary(wrong, path, true))).toContain("library: ");
  expect(readFileSync(path, "utf8")).toBe("mine");
  backupLibrary(library.path, path, true);
  const copy = openLibrary(path);
  expect(copy.counts().texts).toBe(1);
  copy.close();
  expect(readdirSync(library.folder).filter((name) => name.includes("unfinished"))).toEqual([]);
  expect(existsSync(`${path}-wal`)).toBe(false);
});
