import { describe, expect, test } from "bun:test";
import { Shelf } from "../opened-book.ts";
import { smallLibrary } from "../testing/small-library.ts";
import { AnswerError, type Answer } from "./answer.ts";
import { textsAnswer, versionsAnswer } from "./texts.ts";

interface TextsBody {
  readonly ref: string;
  readonly heRef: string;
  readonly error?: string;
  readonly versions: readonly { readonly versionTitle: string; readonly text: unknown }[];
  readonly available_versions: readonly { readonly versionTitle: string; readonly title: string }[];
  readonly warnings: readonly Record<string, { readonly warning_code: number }>[];
  readonly [field: string]: unknown;
}

const shelf = new Shelf(smallLibrary);

function ask(ref: string, ...versions: string[]): { status: number; body: TextsBody } {
  const answer = caught(() => textsAnswer(shelf, ref, versions));
  return { status: answer.status, body: JSON.parse(answer.body) as TextsBody };
}

function caught(make: () => Answer): Answer {
  try {
    return make();
  } catch (error) {
    if (error instanceof AnswerError) return error.answer;
    throw error;
  }
}

const textOf = (ref: string, ...versions: string[]) => ask(ref, ...versions).body.versions[0]?.text;

describe("text by level", () => {
  test.each([
    ["Genesis 1:2", "a2"],
    ["Genesis.1.2", "a2"],
    ["Genesis_1_2", "a2"],
    ["genesis 1", ["a1", "a2", "a3"]],
    ["Genesis", [["a1", "a2", "a3"], ["b1", "b2"], [], ["d1"]]],
    ["Genesis 1:2-3", ["a2", "a3"]],
    ["Genesis 1:3-2:1", [["a3"], ["b1"]]],
    [
      "Genesis 1-2",
      [
        ["a1", "a2", "a3"],
        ["b1", "b2"],
      ],
    ],
    ["Genesis 2:1\u2013Genesis 4:1", [["b1", "b2"], [], ["d1"]]],
    ["Rashi on Genesis 1", [["r111", "r112"], [], ["r131"]]],
    ["Rashi on Genesis 1:1", ["r111", "r112"]],
    ["Rashi on Genesis 1:1:2-1:3:1", [["r112"], [], ["r131"]]],
    ["בראשית 1:2", "a2"],
    ["Berakhot 2a", ["2a1", "2a2"]],
    ["Berakhot 2", [["2a1", "2a2"], ["2b1"]]],
    ["Guide, Part 1 2", ["g21"]],
    ["Guide, Part 12", [["h11"]]],
    ["Zohar 2:3", "z3"],
    ["Likutei Moharan 2:1:2", "m212"],
  ])("%s", (ref, text) => {
    expect(textOf(ref)).toEqual(text);
  });

  test.each([
    ["Berakhot 2a-3b", "Berakhot 2-3", "ברכות ב׳-ג׳"],
    ["Berakhot 2", "Berakhot 2", "ברכות ב׳"],
    ["Berakhot 2b-3a", "Berakhot 2b-3a", "ברכות ב׳ ב-ג׳ א"],
    ["Genesis 1:3-2:1", "Genesis 1:3-2:1", "בראשית א׳:ג׳-ב׳:א׳"],
    ["Genesis.1.1-1.2", "Genesis 1:1-2", "בראשית א׳:א׳-ב׳"],
  ])("%s is written %s", (asked, ref, heRef) => {
    const { body } = ask(asked);
    expect([body.ref, body.heRef]).toEqual([ref, heRef]);
  });

  test("a version that ends inside a range is cut by the range's end", () => {
    expect(textOf("Genesis 1:1-4:1", "english|First English")).toEqual([["e1"]]);
  });

  test("a spanning range names the refs it covers", () => {
    expect(ask("Genesis 1:3-2:1").body["spanningRefs"]).toEqual(["Genesis 1:3", "Genesis 2:1"]);
    expect(ask("Genesis 1:1-2").body["isSpanning"]).toBe(false);
  });
});

describe("what is not there", () => {
  test.each([
    ["Genesis 3", 404],
    ["Genesis 5", 404],
    ["Genesis 1:9", 404],
    ["Berakhot 1a", 404],
    ["Nowhere 1", 404],
    ["Guide", 400],
    ["Jastrow", 400],
  ])("%s answers %d with an error", (ref, status) => {
    const answer = ask(ref);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toBeString();
  });

  test("sections that cannot be read are left out: the whole title is answered", () => {
    expect(ask("Genesis foo").body.ref).toBe("Genesis");
  });
});

describe("choice of versions", () => {
  const titles = (ref: string, ...versions: string[]) => ask(ref, ...versions).body.versions.map((v) => v.versionTitle);

  test("primary is the one of highest priority, |all is all with content here, and none is sent twice", () => {
    expect(titles("Genesis 1:1")).toEqual(["First Hebrew"]);
    expect(titles("Genesis 1:1", "primary|all")).toEqual(["First Hebrew", "Second Hebrew"]);
    expect(titles("Genesis 1:1", "|all", "primary")).toEqual(["First Hebrew", "Second Hebrew", "First English"]);
    expect(titles("Genesis 2:1", "|all")).toEqual(["First Hebrew", "En français [fr]"]);
    expect(titles("Genesis", "french", "english|First_English")).toEqual(["En français [fr]", "First English"]);
  });

  test.each([
    ["english|Nothing", 101],
    ["all", 102],
    ["English", 102],
  ])("%s is not there: a warning in a 200", (parameter, code) => {
    const { status, body } = ask("Genesis 1:1", parameter);
    expect(status).toBe(200);
    expect(body.warnings[0]?.[parameter]?.warning_code).toBe(code);
  });

  test("no translation and no source have codes of their own", () => {
    expect(ask("Zohar 1:1", "translation").body.warnings[0]?.["translation"]?.warning_code).toBe(104);
  });

  test("a default node's version is chosen before stepping into it, so its text may be empty", () => {
    const { body } = ask("Likutei Moharan", "primary");
    expect(body.versions).toHaveLength(1);
    expect(body.versions[0]).toMatchObject({ versionTitle: "Tinyana", text: [] });
    expect(titles("Likutei Moharan", "primary|all")).toEqual(["Tinyana", "Whole"]);
    expect(titles("Likutei Moharan 1:1", "primary|all")).toEqual(["Whole"]);
  });

  test("available versions come with every answer", () => {
    const { body } = ask("Genesis 1:1", "french");
    expect(body.versions).toEqual([]);
    expect(body.available_versions.map((v) => v.versionTitle)).toEqual([
      "First Hebrew",
      "Second Hebrew",
      "First English",
    ]);
    expect(body.available_versions[0]?.title).toBe("Genesis");
  });
});

describe("neighbours", () => {
  test.each([
    ["Genesis 1:2", "Genesis 2", null],
    ["Genesis 2", "Genesis 4", "Genesis 1"],
    ["Genesis", "Genesis 1", "Genesis 4"],
    ["Rashi on Genesis 1", "Rashi on Genesis 3:1", null],
    ["Rashi on Genesis 1:3:1", "Rashi on Genesis 3:1", "Rashi on Genesis 1:1"],
    ["Likutei Moharan, Introduction", "Likutei Moharan 1:1", null],
    ["Likutei Moharan", "Likutei Moharan 1:1", "Likutei Moharan 2:1"],
  ])("%s", (ref, next, previous) => {
    const { body } = ask(ref);
    expect([body["next"], body["prev"]]).toEqual([next, previous]);
  });
});

test("the list of versions of a book names each one's first section", () => {
  const rows = JSON.parse(versionsAnswer(shelf, "Genesis").body) as { firstSectionRef: string; versionTitle: string }[];
  expect(rows.map((row) => row.firstSectionRef)).toEqual(["Genesis 1", "Genesis 1", "Genesis 1", "Genesis 2"]);
});
