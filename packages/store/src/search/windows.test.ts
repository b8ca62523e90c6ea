import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { vocabularyOf } from "./vocabulary.ts";
import { estimateMatches, sampleMatches } from "./windows.ts";

const TEXTS = 60_000;
const database = new Database(":memory:");
afterAll(() => database.close());

// "common" is in every second text, "early" in the first tenth of them, "seldom" in one of a thousand.
database.run("CREATE VIRTUAL TABLE full_text USING fts5(text, content='', contentless_delete=1)");
database.run("CREATE TABLE segment_text (id INTEGER PRIMARY KEY)");
database.transaction(() => {
  const text = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  const row = database.query("INSERT INTO segment_text (id) VALUES (?)");
  for (let id = 1; id <= TEXTS; id++) {
    row.run(id);
    const words = [
      `w${id}`,
      id % 2 === 0 ? "common" : "",
      id <= TEXTS / 10 ? "early" : "",
      id % 1000 === 0 ? "seldom" : "",
    ];
    text.run(id, words.join(" "));
  }
})();

test("an estimate comes near the number, wherever the texts stand", () => {
  expect(Math.abs(estimateMatches(database, '"common"') / (TEXTS / 2) - 1)).toBeLessThan(0.05);
  // Of sixteen windows the second is half full.
  expect(Math.abs(estimateMatches(database, '"early"') / (TEXTS / 10) - 1)).toBeLessThan(0.3);
  expect(estimateMatches(database, '"nowhere"')).toBe(0);
});

test("a sample is of texts that match, from all over the library, about as many as are wanted", () => {
  const ids = sampleMatches(database, '"common"', TEXTS / 2, 1_000);
  expect(ids.every((id) => id % 2 === 0)).toBeTrue();
  expect(new Set(ids).size).toBe(ids.length);
  expect(Math.abs(ids.length - 1_000)).toBeLessThan(100);
  const perTenth = Array.from({ length: 10 }, (_, tenth) =>
    ids.filter((id) => Math.floor(((id - 1) * 10) / TEXTS) === tenth),
  );
  for (const some of perTenth) expect(Math.abs(some.length - ids.length / 10)).toBeLessThan(20);
  expect(sampleMatches(database, '"seldom"', TEXTS / 1_000, 1_000)).toHaveLength(TEXTS / 1_000);
});

test("few texts are counted one by one, many are estimated, and a word is looked up once", () => {
  const vocabulary = vocabularyOf(database);
  expect(vocabulary.textsWith("seldom")).toBe(60);
  expect(vocabulary.textsWith("nowhere")).toBe(0);
  expect(vocabulary.textsWith('a"quote')).toBe(0);
  expect(Math.abs(vocabulary.textsWith("common") / (TEXTS / 2) - 1)).toBeLessThan(0.05);
});
