import { expect, test } from "bun:test";
import { corpusLock, differencesOf, readCorpusLock } from "./corpus-lock.ts";
import { hashLibrary } from "./hash.ts";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf, type SmallLibrary } from "./testing/small-library.ts";

const he = versionOf("he", "One");
const en = versionOf("en", 'Two "quoted"');

function hashesOf(library: SmallLibrary) {
  const reader = openLibrary(library.path);
  const hashes = hashLibrary(reader);
  reader.close();
  return hashes;
}

test("a lock is one line for each version, the same whatever the order of writing", () => {
  using library = smallLibrary();
  addBook(library.writer, leafOfTitle("Bet"), [{ meta: he, text: [["ב"]] }], 1);
  addBook(
    library.writer,
    leafOfTitle("Aleph"),
    [
      { meta: en, text: [["one", "two"]] },
      { meta: he, text: [["א"]] },
    ],
    2,
  );
  const hashes = hashesOf(library);
  const lines = corpusLock(hashes).split("\n");
  expect(lines.map((line) => line.replaceAll(/[0-9a-f]{64}/g, "#"))).toEqual([
    "{",
    '  "format": 1,',
    '  "library": "#",',
    '  "books": {',
    '    "Aleph": {',
    '      "hash": "#",',
    '      "versions": {',
    String.raw`        "en|Two \"quoted\"": { "segments": 2, "hash": "#" },`,
    '        "he|One": { "segments": 1, "hash": "#" }',
    "      }",
    "    },",
    '    "Bet": {',
    '      "hash": "#",',
    '      "versions": {',
    '        "he|One": { "segments": 1, "hash": "#" }',
    "      }",
    "    }",
    "  }",
    "}",
    "",
  ]);
  using other = smallLibrary();
  addBook(
    other.writer,
    leafOfTitle("Aleph"),
    [
      { meta: he, text: [["א"]] },
      { meta: en, text: [["one", "two"]] },
    ],
    1,
  );
  addBook(other.writer, leafOfTitle("Bet"), [{ meta: he, text: [["ב"]] }], 2);
  expect(corpusLock(hashesOf(other))).toBe(corpusLock(hashes));
});

test("what differs is named: a text, a version, a book", () => {
  using library = smallLibrary();
  addBook(
    library.writer,
    leafOfTitle("Aleph"),
    [
      { meta: en, text: [["one"]] },
      { meta: he, text: [["א"]] },
    ],
    1,
  );
  addBook(library.writer, leafOfTitle("Bet"), [{ meta: he, text: [["ב"]] }], 2);
  const lock = readCorpusLock(corpusLock(hashesOf(library)), "lock");
  expect(differencesOf(lock, hashesOf(library))).toEqual([]);
  using other = smallLibrary();
  addBook(other.writer, leafOfTitle("Aleph"), [{ meta: he, text: [["א", "ב"]] }], 1);
  addBook(other.writer, leafOfTitle("Gimel"), [{ meta: he, text: [["ג"]] }], 2);
  const found = differencesOf(lock, hashesOf(other));
  expect(found.map(({ sign, title, version, note }) => [sign, title, version, note].join(" · "))).toEqual([
    '- · Aleph · en|Two "quoted" · not in the library',
    "* · Aleph · he|One · another text, 2 segments, 1 locked",
    "- · Bet ·  · not in the library",
    "+ · Gimel ·  · not in the lock",
  ]);
  expect(differencesOf(lock, hashesOf(other), ["Gimel"])).toHaveLength(1);
});

test.each(["", "{}", "[]", '{"format":2,"library":"","books":{}}', '{"format":1,"library":"x","books":{}}'])(
  "%j is no lock",
  (text) => {
    expect(() => readCorpusLock(text, "some.lock")).toThrow("some.lock is no corpus.lock");
  },
);
