import { expect, setDefaultTimeout, test } from "bun:test";
import { searchText } from "@sofer/text";
import { hashLibrary } from "./hash.ts";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, parcelOf, smallLibrary, versionOf } from "./testing/small-library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const he = versionOf("he", "ב");
const en = versionOf("en", "A");

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

test("segments come in reading order over pages, blanks left out, text byte for byte", () => {
  using library = smallLibrary();
  const many = Array.from({ length: 2_500 }, (_, index) => `verse\t<b>${index}</b> \u0000 "quoted"\\ 𐤀`);
  addBook(library.writer, leafOfTitle("Second"), [{ meta: en, text: [["two"]] }], 2);
  addBook(
    library.writer,
    leafOfTitle("First"),
    [
      { meta: en, text: [many, ["", "last"]] },
      { meta: he, text: [["אחד"]] },
    ],
    1,
  );
  const reader = openLibrary(library.path);
  const lines = [...reader.segments()];
  expect(lines.length).toBe(2_503);
  expect(lines.slice(0, 2_500).map((line) => line.text)).toEqual(many);
  expect(lines.slice(2_500).map((line) => line.ref)).toEqual(["First 2:2", "First 1:1", "Second 1:1"]);
  expect(Object.keys(lines[0] ?? {})).toEqual(["title", "language", "versionTitle", "ref", "heRef", "text"]);
  expect([...reader.segments({ titles: ["First"], languages: ["he"] })].map((line) => line.text)).toEqual(["אחד"]);
  // A library may be written while a dump is read: no statement is open between pages.
  const slow = reader.segments()[Symbol.iterator]();
  slow.next();
  library.writer.checkpoint();
  expect(slow.next().done).toBe(false);
  reader.close();
});

test("chunks carry their text rebuilt, with refs, spans, links and URL", () => {
  using library = smallLibrary();
  addBook(library.writer, leafOfTitle("Aleph"), [{ meta: he, text: [["<b>אָלֶף</b>", "בֵּית"], ["גימל"]] }]);
  library.writer.startLinks("test", "1");
  library.writer.addLinks("test", [
    { refs: ["Aleph 1:2", "Other 5"], type: "quotation" },
    { refs: ["Zeta 1", "Aleph 2"], type: "quotation" },
  ]);
  const reader = openLibrary(library.path);
  const chunks = [...reader.chunks({ profile: "vector" })];
  expect(chunks.map(({ ref, heRef, refs, text, url, links }) => ({ ref, heRef, refs, text, url, links }))).toEqual([
    {
      ref: "Aleph 1:1-2",
      heRef: "ספר Aleph א׳:א׳-ב׳",
      refs: ["Aleph 1:1", "Aleph 1:2"],
      text: "אָלֶף\nבֵּית",
      url: "https://www.sefaria.org/Aleph.1.1-2",
      links: [{ ref: "Other 5", type: "quotation" }],
    },
    {
      ref: "Aleph 2:1",
      heRef: "ספר Aleph ב׳:א׳",
      refs: ["Aleph 2:1"],
      text: "גימל",
      url: "https://www.sefaria.org/Aleph.2.1",
      links: [{ ref: "Zeta 1", type: "quotation" }],
    },
  ]);
  expect(chunks[0]?.spans).toEqual([
    { ref: "Aleph 1:1", start: 0, end: 5 },
    { ref: "Aleph 1:2", start: 0, end: 5 },
  ]);
  expect(chunks[0]?.searchText).toBe(searchText("אלף בית"));
  expect([...reader.chunks()].map((chunk) => chunk.profile)).toEqual(["lexical", "lexical", "vector", "vector"]);
  expect([...reader.links()]).toEqual([
    { refs: ["Aleph 1:2", "Other 5"], type: "quotation", sources: ["test"] },
    { refs: ["Aleph 2", "Zeta 1"], type: "quotation", sources: ["test"] },
  ]);
  reader.close();
});

test("the hash is of sorted, escaped lines, and the same whatever the history", () => {
  using library = smallLibrary();
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [{ meta: en, text: [["b\\\t\r\nx", "a"]] }]);
  const reader = openLibrary(library.path);
  const before = hashLibrary(reader);
  const version = sha256("Aleph 1:1\tספר Aleph א׳:א׳\tb\\\\\\t\\r\\nx\nAleph 1:2\tספר Aleph א׳:ב׳\ta\n");
  const book = sha256(`en\tA\t2\t${version}\n`);
  expect(before).toEqual({
    library: sha256(`Aleph\t${book}\n`),
    books: [
      { title: "Aleph", hash: book, versions: [{ language: "en", versionTitle: "A", segments: 2, hash: version }] },
    ],
  });
  library.writer.commitParcel(parcelOf(stored, en, [["other"]]), 2);
  expect(hashLibrary(reader).library).not.toBe(before.library);
  library.writer.commitParcel(parcelOf(stored, en, [["b\\\t\r\nx", "a"]]), 3);
  expect(hashLibrary(reader)).toEqual(before);
  reader.close();
});

test("lines sort by bytes, also beyond the basic plane", () => {
  using library = smallLibrary();
  const leaf = leafOfTitle("Aleph", { depth: 1, addressTypes: ["Integer"], heTitle: "\ufb20" });
  addBook(library.writer, leaf, [{ meta: en, text: ["\ufb20", "𐤀"] }]);
  const reader = openLibrary(library.path);
  const lines = [...reader.segments()].map((line) => Buffer.from(`${line.ref}\t${line.heRef ?? ""}\t${line.text}\n`));
  const expected = sha256(Buffer.concat(lines.toSorted((a, b) => Buffer.compare(a, b))).toString());
  expect(hashLibrary(reader).books[0]?.versions[0]?.hash).toBe(expected);
  reader.close();
});
