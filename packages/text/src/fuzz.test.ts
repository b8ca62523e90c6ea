import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { fuzzing, typedOnly } from "@sofer/core/testing";
import * as fc from "fast-check";
import { cleanText } from "./markup/clean-text.ts";
import { ftsExpression } from "./search/fts.ts";
import { searchText } from "./search/normalise.ts";
import { parseQuery } from "./search/parse-query.ts";

setDefaultTimeout(900_000);

const database = new Database(":memory:");
database.run("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='unicode61')");
afterAll(() => database.close());

const piece = fc.oneof(
  fc.constantFrom(
    "<",
    ">",
    "</",
    "/>",
    "<b>",
    "</b>",
    "<br>",
    '<i class="footnote">',
    "</i>",
    '<sup class="footnote-marker">',
    "</sup>",
    "<!--",
    "-->",
    "&amp;",
    "&#x0;",
    "&#1114112;",
    "&nbsp;",
    "&",
    ";",
    '<a href="',
    "'",
    '"',
    "=",
    "<script>",
    "</script>",
    "<the>",
    "\u0591",
    "\u05b0",
    "א",
    " ",
    "\n",
    "\u0000",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const soup = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(""));

test("markup of any kind: cleaned, with offsets that go back into the source and never turn round", () => {
  fc.assert(
    fc.property(soup, (raw) => {
      const { text, footnotes, toRaw } = cleanText(raw);
      let before = 0;
      for (let at = 0; at <= text.length; at++) {
        const there = toRaw(at);
        expect(there).toBeGreaterThanOrEqual(before);
        expect(there).toBeLessThanOrEqual(raw.length);
        before = there;
      }
      for (const note of footnotes) expect(note.at).toBeLessThanOrEqual(text.length);
      expect(searchText(raw).isWellFormed()).toBe(true);
    }),
    fuzzing(300),
  );
});

test("words of any kind are a query that SQLite takes, or none", () => {
  const syntax = fc.constantFrom(
    '"',
    "'",
    "*",
    "(",
    ")",
    "NEAR(",
    " OR ",
    " NOT ",
    " AND ",
    "^",
    ":",
    "-",
    "+",
    "{a b}:",
    "text:",
    "\u0000",
    ";",
    "--",
    "א",
    "a",
    "״",
    " ",
  );
  const words = fc
    .array(fc.oneof(syntax, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 30 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(words, (query) => {
      const parsed = typedOnly(() => parseQuery(query));
      if (parsed instanceof Error || parsed.node === null) return;
      const fts = ftsExpression(parsed.node, (term) => [term.words]);
      if (fts !== null) database.query("SELECT rowid FROM found WHERE found MATCH ?").all(fts);
    }),
    fuzzing(300),
  );
});
