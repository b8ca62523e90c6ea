import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { searchText } from "./normalise.ts";
import { wordsOf, wordsWithPlaces } from "./words.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

// The index itself says what words a text has: fts5vocab lists them with their places.
const database = new Database(":memory:");
database.run("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='unicode61 remove_diacritics 2')");
database.run("CREATE VIRTUAL TABLE words USING fts5vocab(found, instance)");
afterAll(() => database.close());

function indexed(text: string): string[] {
  database.run("DELETE FROM found");
  database.run("INSERT INTO found(text) VALUES (?)", [searchText(text)]);
  return database
    .query<{ term: string }, []>('SELECT term FROM words ORDER BY "offset"')
    .all()
    .map((row) => row.term);
}

const piece = fc.oneof(
  fc.constantFrom("שְׁמַ֖ע", "יִשְׂרָאֵ֑ל", 'רמב"ם', "רמב״ם", "לְרַשִׁ''י", "ר׳", "ה׳", "אֶת־הָאָדָם", "ךםןףץ", "\ufb2a\ufb4b"),
  fc.constantFrom(
    "don't",
    "co-op",
    "5:6",
    "Éxodus",
    "½",
    "…",
    "·",
    "“",
    "”",
    "״",
    '"',
    "'",
    "־",
    "׀",
    "׃",
    "–",
    "\u200e",
  ),
  fc.constantFrom(" ", "\n", ",", "a", "B", "א", "ב", "1"),
);

test("words with their places are the words of the index, and stand where they say", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join("");
      const words = wordsWithPlaces(text);
      expect(words.map(({ word }) => word)).toEqual(indexed(text));
      expect(wordsOf(searchText(text))).toEqual(words.map(({ word }) => word));
      let end = 0;
      for (const { word, start, end: wordEnd } of words) {
        // A sign may be several words (½); no word begins before the last one began.
        expect(start).toBeGreaterThanOrEqual(Math.min(end, start));
        expect(wordEnd).toBeGreaterThan(start);
        expect(indexed(text.slice(start, wordEnd))).toContain(word);
        end = wordEnd;
      }
    }),
    { numRuns: 400 },
  );
});

test("any string at all has places inside it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      for (const { start, end } of wordsWithPlaces(text)) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(end).toBeGreaterThan(start);
      }
    }),
    { numRuns: 300 },
  );
});

test("marks belong to the word, quotes around it do not", () => {
  const text = "„שְׁמַ֖ע״, אמר רמב״ם: 'שמע'";
  expect(wordsWithPlaces(text).map(({ start, end }) => text.slice(start, end))).toEqual(["שְׁמַ֖ע", "אמר", "רמב״ם", "שמע"]);
});
