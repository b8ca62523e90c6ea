import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mergeIndex, setIndexMerging } from "./full-text.ts";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

const TEXTS = 40;

test("the parts of an index are put together until few are left, and everything is found as before", () => {
  using library = smallLibrary();
  const text = [Array.from({ length: TEXTS }, (_, index) => `common word${index}`)];
  addBook(library.writer, leafOfTitle("Aleph"), [{ meta: versionOf("en", "First"), text }]);
  // Each of these is a transaction, and so a part of the index.
  while (library.writer.indexNext(1).rows > 0);
  const database = new Database(library.path);
  const parts = () =>
    database.query<{ parts: number }, []>("SELECT count(DISTINCT segid) AS parts FROM full_text_idx").get()?.parts ?? 0;
  const reader = openLibrary(library.path);
  const found = () =>
    ["common", "word7", "word3*"].map((query) => {
      const { hits, total } = reader.search({ query, limit: TEXTS, grouping: "segment" });
      return [hits.map((hit) => hit.ref), total];
    });
  const [before, foundBefore] = [parts(), found()];
  // The library's writer puts them together 16 at a time.
  expect(before).toBeGreaterThan(4);
  expect(before).toBeLessThan(TEXTS);
  expect(foundBefore[0]?.[0]).toHaveLength(TEXTS);
  // Of a small library they are left as they are.
  expect(library.writer.mergeIndex()).toBe(false);
  expect(parts()).toBe(before);
  while (database.transaction(() => mergeIndex(database, 1)).immediate());
  expect(parts()).toBeLessThan(4);
  expect(found()).toEqual(foundBefore);
  database.close();
  reader.close();
});

test("how parts are put together is kept in the file, and set where it is another", () => {
  using library = smallLibrary();
  const database = new Database(library.path);
  const kept = () => database.query("SELECT v FROM full_text_config WHERE k = 'automerge'").values();
  expect(kept()).toEqual([[16]]);
  database.run("INSERT INTO full_text (full_text, rank) VALUES ('automerge', 4)");
  setIndexMerging(database);
  expect(kept()).toEqual([[16]]);
  const changes = () => database.query("SELECT total_changes()").values();
  const before = changes();
  setIndexMerging(database);
  expect(changes()).toEqual(before);
  database.close();
});
