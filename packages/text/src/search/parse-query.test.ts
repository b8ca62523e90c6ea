import { Database } from "bun:sqlite";
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { SoferError } from "@sofer/core";
import { ftsExpression } from "./fts.ts";
import { searchText } from "./normalise.ts";
import { parseQuery } from "./parse-query.ts";
import { renderQuery } from "./query-tree.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const database = new Database(":memory:");
database.run("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='unicode61 remove_diacritics 2')");
afterAll(() => database.close());

function matches(text: string, query: string): boolean {
  const { node } = parseQuery(query);
  const fts = node === null ? null : ftsExpression(node, (term) => [term.words]);
  if (fts === null) return false;
  database.run("DELETE FROM found");
  database.run("INSERT INTO found(text) VALUES (?)", [searchText(text)]);
  return database.query("SELECT rowid FROM found WHERE found MATCH ?").all(fts).length === 1;
}

describe("what is read", () => {
  test.each([
    ["שמע ישראל", "שמע AND ישראל"],
    ["שְׁמַ֖ע יִשְׂרָאֵ֑ל", "שמע AND ישראל"],
    ['"שמע ישראל" אחד', '"שמע ישראל" AND אחד'],
    ['הרמב"ם רש״י', "הרמבמ AND רשי"],
    ["“two words” ”more„", '"two words" AND "more"'],
    ["don't co-op 5:6", '"don t" AND "co op" AND "5 6"'],
    ["על־פני", '"על פני"'],
    ["ישר* co-op*", 'ישר* AND "co op"*'],
    ["lamp -oil", "lamp NOT oil"],
    ["lamp NOT oil NOT wick", "lamp NOT oil NOT wick"],
    ["lamp wick -(oil OR fat)", "lamp AND wick NOT (oil OR fat)"],
    ["a1 OR b1 c1", "a1 OR (b1 AND c1)"],
    ["(a1 OR b1) c1", "(a1 OR b1) AND c1"],
    ["a1 AND b1", "a1 AND b1"],
    ["NEAR(lamp oil, 3)", "NEAR(lamp oil, 3)"],
    ["NEAR(lamp oil,3)", "NEAR(lamp oil, 3)"],
    ['NEAR("the lamp" oil*)', 'NEAR("the lamp" oil*, 10)'],
    ['NEAR(lamp "the oil", 4) wick', 'NEAR(lamp "the oil", 4) AND wick'],
    ["near or not and", "near AND or AND not AND and"],
    ["תל-אביב - נהר", '"תל אביב" AND נהר'],
    ["((lamp))", "lamp"],
  ])("%s", (query, wanted) => {
    const { node, warnings } = parseQuery(query);
    expect(renderQuery(node)).toBe(wanted);
    expect(warnings).toEqual([]);
    // What is written out is read the same.
    expect(renderQuery(parseQuery(wanted).node)).toBe(wanted);
  });
});

describe("what is not well formed is read as it was likeliest meant, and said", () => {
  test.each([
    ['lamp "of the', "lamp AND of AND the", "never closed", [5, 6]],
    ["(lamp oil", "lamp AND oil", "bracket is never closed", [0, 1]],
    ["lamp) oil", "lamp AND oil", "not opened", [4, 5]],
    ["OR lamp", "lamp", "nothing before", [0, 2]],
    ["lamp OR", "lamp", "nothing after", [5, 7]],
    ["lamp AND", "lamp", "nothing after", [5, 8]],
    ["AND lamp", "lamp", "nothing before", [0, 3]],
    ["lamp NOT", "lamp", "nothing after", [5, 8]],
    ["lamp *", "lamp", "beginning of a word", [5, 6]],
    ["א* שמע", "א AND שמע", "at least 2 letters", [0, 2]],
    ["NEAR(lamp oil, x)", "NEAR(lamp oil, 10)", "number of words", [15, 16]],
    ["NEAR(lamp oil", "NEAR(lamp oil, 10)", "never closed", [4, 5]],
    ["NEAR(lamp)", "lamp", "at least two", [0, 10]],
    ["NEAR(lamp OR oil)", "NEAR(lamp oil, 10)", "only words and phrases", [10, 12]],
  ] as [string, string, string, [number, number]][])("%s", (query, wanted, said, at) => {
    const { node, warnings } = parseQuery(query);
    expect(renderQuery(node)).toBe(wanted);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: "syntax", at });
    expect(warnings[0]?.message).toContain(said);
  });

  test("without a word there is nothing to search for", () => {
    for (const query of ["", "  ", '""', "׃ ־", "\0", "()", "* -"]) {
      const { node, warnings } = parseQuery(query);
      expect(node).toBeNull();
      expect(warnings.map(({ code }) => code)).toContain("no-words");
    }
  });

  test("a query that only excludes is refused, with the place", () => {
    for (const query of ["-lamp", "NOT lamp", "oil OR -lamp", "(-lamp) oil"]) {
      expect(() => parseQuery(query)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
    }
    expect(() => parseQuery("oil OR -lamp")).toThrow("(at 8)");
  });

  test("of a pasted page the first words are looked for, and that is said", () => {
    const { node, warnings } = parseQuery(Array.from({ length: 5000 }, (_, index) => `word${index}`).join(" "));
    expect(renderQuery(node).split(" AND ")).toHaveLength(64);
    expect(warnings.map(({ code }) => code)).toEqual(["too-long"]);
  });
});

describe("against the index", () => {
  test.each([
    ["שְׁמַ֖ע יִשְׂרָאֵ֑ל יְהוָ֥ה", "שמע ישראל", true],
    ["שמע ישראל", "שְׁמַע יִשְׂרָאֵל", true],
    ["כתב הרמב״ם ז״ל", 'הרמב"ם', true],
    ["לְרַשִׁ''י", "לרש״י", true],
    ['a<i class="footnote">hidden note</i>', '"hidden note"', true],
    ["ישראל שמע", '"שמע ישראל"', false],
    ["שמע", "שמע ישראל", false],
    ["lamp and oil", "lamp -oil", false],
    ["lamp and wick", "lamp -oil", true],
    ["wick", "lamp OR wick", true],
    ["lamp a b c oil", "NEAR(lamp oil, 3)", true],
    ["lamp a b c d oil", "NEAR(lamp oil, 3)", false],
    ["lampstand", "lamp*", true],
    ["lampstand", "lamp", false],
  ] as [string, string, boolean][])("%s · %s", (text, query, wanted) => expect(matches(text, query)).toBe(wanted));

  test("no query is a syntax error of the index, nor throws anything but wrong usage", () => {
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
        " AND ",
        "^",
        ":",
        " -",
        ", 3)",
        "{a b}:",
        "\0",
      ),
      fc.constantFrom("\ud800", '""', "א", "a", "״", " ", "word", "רמב״ם", "שמע*", "<b>"),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
        try {
          matches("some text", parts.join(""));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SoferError);
          expect(thrown).toMatchObject({ code: "usage" });
        }
      }),
      { numRuns: 500 },
    );
  });

  test("plain words find the text they are made of", () => {
    const words = fc.array(fc.constantFrom("שָׁלוֹם", "Word", "ר׳", "רמב״ם", "5:6", "co-op", "על־פני"), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, (list) => expect(matches(list.join(" "), list.join(" "))).toBe(true)),
      { numRuns: 50 },
    );
  });
});
