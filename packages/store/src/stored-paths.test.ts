import { expect, test } from "bun:test";
import { openLibrary } from "./reader.ts";
import { coverLeaf } from "./coverage.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

/** More than two pages of places, each fifth one blank. */
const SEGMENTS = 5_003;
const isBlank = (index: number) => index % 5 === 4;
const text = Array.from({ length: SEGMENTS }, (_, index) => (isBlank(index) ? "" : `segment ${index}`));

test("a long leaf's places come page after page, all of them, in reading order, the leaf itself first", () => {
  using small = smallLibrary();
  const leaf = leafOfTitle("Long", {
    depth: 1,
    addressTypes: ["Integer"],
    sectionNames: ["Line"],
    heSectionNames: ["שורה"],
  });
  const stored = addBook(small.writer, leaf, [
    { meta: versionOf("he", "In lines"), text },
    { meta: versionOf("en", "In one piece"), text: "all of it" },
  ]);
  const other = addBook(
    small.writer,
    { ...leaf, title: "Other" },
    [{ meta: versionOf("he", "Other"), text: ["x"] }],
    1,
  );
  const library = openLibrary(small.path);
  const expected = text.flatMap((_, index) => (isBlank(index) ? [] : [[index]]));
  expect([...library.storedPaths(stored.nodeId)]).toEqual([[], ...expected]);
  expect([...library.storedPaths(other.nodeId)]).toEqual([[0]]);
  library.close();
});

test("a leaf that is covered gives others their turn while its places are read, not only between its slots", async () => {
  using small = smallLibrary();
  const leaf = leafOfTitle("Long", {
    depth: 1,
    addressTypes: ["Integer"],
    sectionNames: ["Line"],
    heSectionNames: ["שורה"],
  });
  const stored = addBook(small.writer, leaf, [{ meta: versionOf("he", "In lines"), text }]);
  const library = openLibrary(small.path);
  let read = 0;
  let longest = 0;
  const since = { read: 0 };
  function* counted() {
    for (const path of library.storedPaths(stored.nodeId)) {
      read++;
      longest = Math.max(longest, read - since.read);
      yield path;
    }
  }
  const breath = {
    take() {
      since.read = read;
      return Promise.resolve();
    },
  };
  const facts = { leaf: stored, storedPaths: counted(), holdings: [], settled: [], hasFailed: false };
  const { slots } = await coverLeaf(facts, breath);
  expect(read).toBe(text.filter((_, index) => !isBlank(index)).length);
  expect([slots.expected, slots.stored]).toEqual([SEGMENTS, read]);
  expect(longest).toBeLessThanOrEqual(1_000);
  library.close();
});
