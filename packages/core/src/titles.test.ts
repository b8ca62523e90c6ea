import { describe, expect, test } from "bun:test";
import type { ContentsEntry } from "./book.ts";
import { SoferError } from "./errors.ts";
import { resolveTitles, type TitleOptions } from "./titles.ts";

const contents: readonly ContentsEntry[] = (
  [
    ["Genesis", "בראשית", ["Tanakh", "Torah"], null],
    ["Exodus", "שמות", ["Tanakh", "Torah"], null],
    ["Rashi on Genesis", "רש״י על בראשית", ["Tanakh", "Rishonim on Tanakh", "Rashi"], "Commentary"],
    ["Tur", "טור", ["Halakhah", "Tur"], null],
    ["Beit Yosef", "בית יוסף", ["Halakhah", "Tur"], "Commentary"],
    ["Rashi on Berakhot", "רש״י על ברכות", ["Talmud", "Rashi"], "Commentary"],
  ] as const
).map(([title, heTitle, categories, dependence], order) => ({
  title,
  heTitle,
  categories,
  order,
  dependence,
  baseTitles: [],
}));

function titles(names: readonly string[], options: Partial<TitleOptions> = {}): string[] {
  return resolveTitles(names, contents, { commentaries: true, ...options }).entries.map(({ title }) => title);
}

function refusal(names: readonly string[], options: Partial<TitleOptions> = {}): SoferError {
  try {
    titles(names, options);
  } catch (error) {
    if (error instanceof SoferError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("resolveTitles", () => {
  test("books, in contents order, each once", () => {
    expect(titles(["Exodus", "Genesis", "Exodus"])).toEqual(["Genesis", "Exodus"]);
  });

  test("letter case, underscores and Hebrew titles", () => {
    expect(titles(["rashi_on_genesis"])).toEqual(["Rashi on Genesis"]);
    expect(titles(["שמות"])).toEqual(["Exodus"]);
  });

  test("a category of any level, or its path, with its commentaries", () => {
    expect(titles(["Tanakh"])).toEqual(["Genesis", "Exodus", "Rashi on Genesis"]);
    expect(titles(["torah"])).toEqual(["Genesis", "Exodus"]);
    expect(titles(["Rashi"])).toEqual(["Rashi on Genesis", "Rashi on Berakhot"]);
    expect(titles(["Talmud/Rashi"])).toEqual(["Rashi on Berakhot"]);
  });

  test("--no-commentaries thins categories, not books that are named", () => {
    const options = { commentaries: false };
    expect(titles(["Tanakh"], options)).toEqual(["Genesis", "Exodus"]);
    expect(titles(["Torah", "Rashi on Genesis"], options)).toEqual(["Genesis", "Exodus", "Rashi on Genesis"]);
    expect(refusal(["Rashi"], options).message).toContain("holds only commentaries");
  });

  test("a name that is both takes the book and says so; category: forces", () => {
    const resolved = resolveTitles(["Tur"], contents, { commentaries: true });
    expect(resolved.entries.map(({ title }) => title)).toEqual(["Tur"]);
    expect(resolved.notes).toEqual([
      "Tur is a book and a category; the book is taken (category:Tur takes the category)",
    ]);
    expect(resolveTitles(["category:Tur"], contents, { commentaries: true })).toMatchObject({
      entries: [{ title: "Tur" }, { title: "Beit Yosef" }],
      notes: [],
    });
  });

  test("a title variant, after books and categories", () => {
    const variants = new Map([
      ["Bereshit", "Genesis"],
      ["Torah", "Exodus"],
    ]);
    expect(titles(["bereshit"], { variants })).toEqual(["Genesis"]);
    expect(titles(["Torah"], { variants })).toEqual(["Genesis", "Exodus"]);
  });

  test("nothing named is the category Halakhah", () => {
    expect(titles([])).toEqual(["Tur", "Beit Yosef"]);
    expect(titles([], { commentaries: false })).toEqual(["Tur"]);
  });
});

describe("unknown names", () => {
  test("one line, the nearest in the hint", () => {
    const error = refusal(["Genisis"]);
    expect(error).toMatchObject({ code: "usage", exitCode: 2, message: 'no book or category is called "Genisis"' });
    expect(error.hint).toBe("did you mean Genesis?");
  });

  test("in Hebrew too", () => {
    expect(refusal(["בראשת"]).hint).toBe("did you mean בראשית?");
  });

  test("all of them at once", () => {
    const error = refusal(["Exodos", "Genesis", "Talmut"]);
    expect(error.message).toBe('no book or category is called "Exodos", "Talmut"');
    expect(error.hint).toBe("Exodos: did you mean Exodus? Talmut: did you mean Talmud?");
  });

  test("a forced category is looked for among categories only", () => {
    expect(refusal(["category:Genesis"]).message).toContain('"category:Genesis"');
    expect(refusal(["category:Tora"]).hint).toBe("did you mean Torah or Tur?");
  });

  test("an empty name", () => {
    expect(refusal([" "]).message).toBe('no book or category is called " "');
  });
});
