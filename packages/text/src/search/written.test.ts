import { describe, expect, test } from "bun:test";
import { prefixedForms, strippedForms } from "./prefixes.ts";
import { cutSnippet } from "./snippet.ts";
import { marksOf, writtenTerm, writtenWords } from "./written.ts";

const ALL = { niqqud: true, cantillation: true };
const written = (raw: string, marks = ALL) => writtenWords(raw, marks).map((word) => word.written);

describe("words as they are written", () => {
  test("accents come from the source's own string, which clean text has lost", () => {
    expect(written("שְׁמַ֖ע יִשְׂרָאֵ֑ל")).toEqual(["שְׁמַ֖ע".normalize("NFD"), "יִשְׂרָאֵ֑ל".normalize("NFD")]);
    expect(written("<b>בְּ</b>רֵאשִׁ֖ית <small>א&nbsp;</small>")).toEqual(["בְּרֵאשִׁ֖ית".normalize("NFD"), "א"]);
    expect(written("שְׁמַ֖ע")).not.toEqual(written("שְׁמַע"));
  });

  test("a footnote after a word is not a part of it", () => {
    const raw = 'שְׁמַע<sup class="footnote-marker">*</sup><i class="footnote">note</i> יִשְׂרָאֵל';
    expect(written(raw)).toEqual(written("שְׁמַע יִשְׂרָאֵל"));
  });

  test("kinds of marks that do not count are left out; their order and the kind of quote never count", () => {
    expect(written("שְׁמַ֖ע", { niqqud: true, cantillation: false })).toEqual(written("שְׁמַע"));
    expect(written("שְׁמַ֖ע", { niqqud: false, cantillation: false })).toEqual(["שמע"]);
    expect(written("ש\u05B0\u05C1מע")).toEqual(written("ש\u05C1\u05B0מע"));
    expect(written('רמב"ם')).toEqual(written("רמב״ם"));
    expect(written("מלך")).not.toEqual(written("מלכ"));
    expect(writtenTerm("Lamp Of", ALL).map((word) => word.written)).toEqual(["Lamp", "Of"]);
  });

  test("what counts is what the query has", () => {
    expect(marksOf("שמע")).toEqual({ niqqud: false, cantillation: false });
    expect(marksOf("שְׁמַע")).toEqual({ niqqud: true, cantillation: false });
    expect(marksOf("שמ֖ע")).toEqual({ niqqud: false, cantillation: true });
    expect(marksOf("\uFB2Aמע")).toEqual({ niqqud: true, cantillation: false });
  });
});

describe("prefix letters", () => {
  test("are put in front of Hebrew words of two letters and more", () => {
    const forms = prefixedForms("ישראל");
    for (const form of ["וישראל", "בישראל", "הישראל", "ובישראל", "שבישראל", "מהישראל", "כשישראל", "לכשישראל"])
      expect(forms).toContain(form);
    expect(forms).not.toContain("ישראל");
    expect(new Set(forms).size).toBe(forms.length);
    expect(prefixedForms("א")).toEqual([]);
    expect(prefixedForms("lamp")).toEqual([]);
  });

  test("are taken away while at least three letters are left", () => {
    expect(strippedForms("שבישראל")).toEqual(["בישראל", "ישראל"]);
    expect(strippedForms("הכבש")).toEqual(["כבש"]);
    expect(strippedForms("משה")).toEqual([]);
    expect(strippedForms("lamp")).toEqual([]);
  });
});

describe("snippets", () => {
  test("a short text is shown whole", () => {
    expect(cutSnippet("one two", [[4, 7]])).toEqual({
      text: "one two",
      from: 0,
      highlights: [[4, 7]],
      isCut: [false, false],
    });
  });

  test("of a long text the part where most was found, cut between words", () => {
    const filler = "lorem ipsum ".repeat(60);
    const text = `lamp ${filler}the lamp and the oil of the lamp ${filler}`;
    const at = (word: string, from = 0): [number, number] => [
      text.indexOf(word, from),
      text.indexOf(word, from) + word.length,
    ];
    const middle = at("lamp", 10);
    const found = [at("lamp"), middle, at("oil"), at("lamp", middle[1])];
    const snippet = cutSnippet(text, found);
    expect(snippet.highlights.map(([start, end]) => snippet.text.slice(start, end))).toEqual(["lamp", "oil", "lamp"]);
    expect(snippet.isCut).toEqual([true, true]);
    expect(text.slice(snippet.from, snippet.from + snippet.text.length)).toBe(snippet.text);
    expect(text[snippet.from - 1]).toBe(" ");
    expect(text[snippet.from + snippet.text.length]).toBe(" ");
    expect(snippet.text.length).toBeLessThan(260);
  });

  test("no letter is parted from its marks where there is no space at all", () => {
    const { text } = cutSnippet("אָ".repeat(1000), [[600, 602]]);
    expect(text).toMatch(/^(אָ)+$/u);
  });
});
