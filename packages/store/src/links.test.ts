import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { LinkRow } from "@sofer/core";
import type { LinkAccount, StoredLeaf } from "./api.ts";
import { openLibrary } from "./reader.ts";
import {
  addBook,
  leafOfTitle,
  outlineOf,
  parcelOf,
  smallLibrary,
  versionOf,
  type SmallLibrary,
} from "./testing/small-library.ts";

const he = versionOf("he", "ב", { license: "CC-BY" });
let library: SmallLibrary;
beforeEach(() => {
  library = smallLibrary();
});
afterEach(() => library[Symbol.dispose]());

function row(a: string, b: string, type = "commentary"): LinkRow {
  return { refs: [a, b], type };
}

function load(source: string, rows: readonly LinkRow[], counts: { invalid?: number; unwanted?: number } = {}): number {
  const { invalid = 0, unwanted = 0 } = counts;
  library.writer.startLinks(source, "tag");
  for (let at = 0; at < rows.length; at += 2) library.writer.addLinks(source, rows.slice(at, at + 2));
  return library.writer.finishLinks(source, { read: rows.length + invalid + unwanted, invalid, unwanted }, 2);
}

function read<T>(work: (reader: ReturnType<typeof openLibrary>) => T): T {
  const reader = openLibrary(library.path);
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

const lines = () => read((reader) => [...reader.links()].map(({ refs, type, sources }) => [...refs, type, ...sources]));
const account = () => read((reader) => reader.linkAccount());

/** Every row and every link has its place in the account. */
function expectAdded(counted: LinkAccount): void {
  const { read: rows, stored, duplicate, invalid, unwanted, resolved, dangling, types, sides } = counted;
  expect(stored + duplicate + invalid + unwanted).toBe(rows);
  expect(resolved + dangling).toBe(stored);
  expect(types.reduce((sum, type) => sum + type.links, 0)).toBe(stored);
  expect(Object.values(sides).reduce((sum, count) => sum + count, 0)).toBe(2 * stored);
  expect(stored).toBe(lines().length);
}

function addGenesis(): StoredLeaf {
  return addBook(library.writer, leafOfTitle("Genesis"), [{ meta: he, text: [["א", "ב", "ג"], ["ד"]] }], 1);
}

test("pairs are unordered and kept once; both refs are in normal form; every row is accounted for", () => {
  addGenesis();
  load(
    "links0.csv",
    [
      row("Rashi on Genesis 1:1:1", "Genesis 1:1"),
      row("Genesis 1:1", "Rashi on Genesis 1:1:1"),
      row("genesis_1.1", "Rashi on Genesis 1:1:1"),
      row("Genesis 1:1", "Rashi on Genesis 1:1:1", ""),
      row("Genesis 1:1-2:1", "Genesis 2"),
      row("Genesis 1:2-1:9", "Genesis 7:1"),
      row("Genesis 1:x", "Nowhere 5"),
    ],
    { invalid: 2, unwanted: 3 },
  );
  library.writer.resolveLinks(3);
  expect(lines()).toEqual([
    ["Genesis 1:1", "Rashi on Genesis 1:1:1", "", "links0.csv"],
    ["Genesis 1:1", "Rashi on Genesis 1:1:1", "commentary", "links0.csv"],
    ["Genesis 1:1-2:1", "Genesis 2", "commentary", "links0.csv"],
    ["Genesis 1:2-9", "Genesis 7:1", "commentary", "links0.csv"],
    ["Genesis 1:x", "Nowhere 5", "commentary", "links0.csv"],
  ]);
  const counted = account();
  expectAdded(counted);
  expect(counted).toMatchObject({
    isChecked: true,
    read: 12,
    stored: 5,
    duplicate: 2,
    invalid: 2,
    unwanted: 3,
    resolved: 2,
    dangling: 3,
    oneSided: 2,
    beyond: 1,
    sides: { placed: 5, beyond: 1, "unknown-book": 3, "unknown-place": 1, branch: 0, virtual: 0 },
    types: [
      { type: "commentary", links: 4, resolved: 2 },
      { type: "", links: 1, resolved: 0 },
    ],
  });
});

const CROSSING = [
  row("Old Name 1:1", "Genesis 1:1"),
  row("New Name 1:1", "Genesis 1:1"),
  row("Old Name 1:2", "Zed 1:1"),
  row("Zed 1:1", "New Name 1:3"),
  row("Old Name 9:9", "Genesis 1:2"),
];

function addRenamed(): void {
  const leaf = leafOfTitle("New Name");
  const outline = { ...outlineOf(leaf, [3]), titleVariants: ["Old Name"] };
  library.writer.saveOutline(outline, 2, 1);
  addBook(library.writer, leaf, [{ meta: he, text: [["א", "ב", "ג"]] }], 2);
  library.writer.saveOutline(outline, 2, 2);
}

test("whichever comes first, links or books, the library ends the same", () => {
  addGenesis();
  load("links0.csv", CROSSING);
  library.writer.resolveLinks(3);
  expect(account()).toMatchObject({ stored: 5, resolved: 0, oneSided: 3 });
  addRenamed();
  expect(library.writer.resolveLinks(4)).toEqual({ resolvedSides: 4, mergedLinks: 1, recheckedSides: 1 });
  const late = { lines: lines(), account: account() };
  expectAdded(late.account);
  expect(late.account).toMatchObject({ stored: 4, duplicate: 1, resolved: 2, beyond: 1, oneSided: 2 });
  expect(library.writer.resolveLinks(5)).toEqual({ resolvedSides: 0, mergedLinks: 0, recheckedSides: 0 });
  library[Symbol.dispose]();

  library = smallLibrary();
  addGenesis();
  addRenamed();
  load("links0.csv", CROSSING);
  library.writer.resolveLinks(4);
  expect(lines()).toEqual(late.lines);
  expect(account()).toEqual(late.account);
});

test("a file read again replaces what it held; a link of two files stays while one has it", () => {
  addGenesis();
  const [first, second, third] = [row("Genesis 1:1", "A 1"), row("Genesis 1:2", "A 2"), row("Genesis 1:3", "A 3")];
  load("links0.csv", [first, second]);
  load("links1.csv", [second, third]);
  library.writer.resolveLinks(3);
  expect(account()).toMatchObject({ read: 4, stored: 3, duplicate: 1 });
  // Killed in the middle of reading it again, then whole.
  library.writer.startLinks("links0.csv", "tag");
  library.writer.addLinks("links0.csv", [first]);
  expect(read((reader) => reader.linkSources()).map((source) => source.finishedAt)).toEqual([null, 2]);
  expect(load("links0.csv", [first, second])).toBe(0);
  library.writer.resolveLinks(4);
  expectAdded(account());
  expect(account()).toMatchObject({ read: 4, stored: 3, duplicate: 1 });
  expect(load("links0.csv", [first])).toBe(0);
  expect(load("links1.csv", [third])).toBe(1);
  library.writer.resolveLinks(5);
  expectAdded(account());
  expect(lines()).toEqual([
    ["A 1", "Genesis 1:1", "commentary", "links0.csv"],
    ["A 3", "Genesis 1:3", "commentary", "links1.csv"],
  ]);
});

test("a leaf that goes leaves its links dangling; one whose numbers change meaning has them read anew", () => {
  addGenesis();
  load("links0.csv", [row("Genesis 1:1", "A 1"), row("Genesis 1:1-2:1", "A 2")]);
  library.writer.resolveLinks(3);
  const moved = leafOfTitle("Genesis", { offsets: { "1": 1 } });
  library.writer.saveOutline(outlineOf(moved, [3, 1]), 1, 4);
  expect(account()).toMatchObject({ isChecked: false, oneSided: 0 });
  library.writer.resolveLinks(5);
  // Sections begin at 2 now: there is no 1.
  expect(account().sides).toMatchObject({ placed: 0, "unknown-place": 2 });
  const other = leafOfTitle("Genesis, Part", { keys: ["Part"] });
  library.writer.saveOutline(
    { ...outlineOf(other, []), tree: { ...outlineOf(other, []).tree, title: "Genesis" } },
    1,
    6,
  );
  library.writer.resolveLinks(7);
  expect(lines().map((line) => line.slice(0, 2))).toEqual([
    ["A 1", "Genesis 1:1"],
    ["A 2", "Genesis 1:1-2:1"],
  ]);
  expect(account()).toMatchObject({ resolved: 0, dangling: 2, oneSided: 0 });
});

test("a place gets and loses its text with the text", () => {
  const genesis = addGenesis();
  load("links0.csv", [row("Genesis 3:1", "A 1"), row("Genesis 1", "A 1"), row("Genesis 2", "A 1")]);
  library.writer.resolveLinks(3);
  expect(account().sides).toMatchObject({ placed: 2, beyond: 1 });
  library.writer.commitParcel(parcelOf(genesis, he, [["א"], [], ["ג"]]), 4);
  library.writer.resolveLinks(4);
  expect(account().sides).toMatchObject({ placed: 2, beyond: 1 });
  const chunks = read((reader) => [...reader.chunks({ profile: "vector" })]);
  expect(chunks.map((chunk) => [chunk.ref, chunk.links])).toEqual([
    ["Genesis 1:1", [{ ref: "A 1", type: "commentary" }]],
    ["Genesis 3:1", [{ ref: "A 1", type: "commentary" }]],
  ]);
});

test("links are counted again when something about them changed, and only then", () => {
  const genesis = addGenesis();
  load("links0.csv", [row("Genesis 3:1", "A 1"), row("Genesis 1", "A 1")]);
  library.writer.resolveLinks(3);
  // Read back as it is kept: whoever counts again writes it anew.
  const database = new Database(library.path);
  expect(
    database.query("UPDATE meta SET value = json_set(value, '$.read', 77) WHERE key = 'link_account'").run().changes,
  ).toBe(1);
  database.close();
  library.writer.resolveLinks(4);
  expect(account()).toMatchObject({ read: 77, beyond: 0, sides: { placed: 1, beyond: 1 } });
  // No link came or went: a text came.
  library.writer.commitParcel(parcelOf(genesis, he, [["א"], [], ["ג"]]), 5);
  library.writer.resolveLinks(6);
  expect(account()).toMatchObject({ read: 2, sides: { placed: 2, beyond: 0 } });
});
