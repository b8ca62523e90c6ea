import { Database } from "bun:sqlite";
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { normaliseForSearch, searchText } from "./normalise.ts";
import { searchQuery } from "./query.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const database = new Database(":memory:");
database.run("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='unicode61')");
afterAll(() => database.close());

function rows(query: string): number {
  const parsed = searchQuery(query);
  if (parsed === null) return 0;
  return database.query("SELECT rowid FROM found WHERE found MATCH ?").all(parsed.fts).length;
}

function matches(text: string, query: string): boolean {
  database.run("DELETE FROM found");
  database.run("INSERT INTO found(text) VALUES (?)", [searchText(text)]);
  return rows(query) === 1;
}

describe("searchText", () => {
  test.each([
    ["שְׁמַ֖ע יִשְׂרָאֵ֑ל", "שמע ישראל"],
    ["אֶת־הָאָֽדָם׃", "את האדמ"],
    ["רמב\"ם רמב״ם רמב''ם", "רמבמ רמבמ רמבמ"],
    ['א"ב"ג', "אבג"],
    ["\ufb2a\ufb4b", "שו"],
    ["Éxodus AND İx", "exodus and ix"],
    ["a\0b\u200ec", "a bc"],
    ["<b>one</b> two&nbsp;&amp; three", "one two & three"],
    ['x<i class="footnote">why</i> y', "x y why"],
  ])("%j", (raw, wanted) => expect(searchText(raw)).toBe(wanted));

  test("is settled after one pass, and holds no control character or lone surrogate", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const once = normaliseForSearch(text);
        expect(once.isWellFormed()).toBe(true);
        expect(/\p{Cc}/u.test(once)).toBe(false);
        expect(normaliseForSearch(once)).toBe(once);
      }),
      { numRuns: 250 },
    );
  });
});

describe("searchQuery", () => {
  test("keeps phrases, joins words, quotes everything", () => {
    expect(searchQuery('"שמע ישראל" רמב"ם NOT')).toEqual({
      fts: '"שמע ישראל" AND "רמבמ" AND "not"',
      terms: ["שמע ישראל", "רמבמ", "not"],
    });
    expect(searchQuery("don't can't")?.terms).toEqual(["don t", "can t"]);
    expect(searchQuery('a "b c')?.terms).toEqual(["a", "b", "c"]);
  });

  test("is null when there is nothing to search for", () => {
    for (const query of ["", "  ", '"" *', "׃ ־", "\0", "<b>"]) expect(searchQuery(query)).toBeNull();
  });

  test("with or without marks finds the same", () => {
    expect(matches("שְׁמַ֖ע יִשְׂרָאֵ֑ל יְהוָ֥ה", "שמע ישראל")).toBe(true);
    expect(matches("שמע ישראל", "שְׁמַע יִשְׂרָאֵל")).toBe(true);
    expect(matches("כתב הרמב״ם ז״ל", 'הרמב"ם')).toBe(true);
    expect(matches('a<i class="footnote">hidden note</i>', '"hidden note"')).toBe(true);
    expect(matches("ישראל שמע", '"שמע ישראל"')).toBe(false);
    expect(matches("שמע", "שמע ישראל")).toBe(false);
  });

  test("is never a syntax error, and finds the text it is made of", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        "*",
        "(",
        ")",
        "NEAR(",
        " OR ",
        " NOT ",
        "^",
        ":",
        "-",
        "{a b}:",
        "\0",
        "\ud800",
        '""',
        "א",
        "a",
        "״",
        " ",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
        rows(parts.join(""));
      }),
      { numRuns: 250 },
    );
    const words = fc.array(fc.constantFrom("שָׁלוֹם", "Word", "ר׳", "רמב״ם", "5:6", "co-op"), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, (list) => expect(matches(list.join(" "), list.join(" "))).toBe(true)),
      { numRuns: 50 },
    );
  });

  test("a whole pasted page is still a query", () => {
    const page = Array.from({ length: 5000 }, (_, index) => `word${index}`).join(" ");
    expect(rows(page)).toBe(0);
  });
});
