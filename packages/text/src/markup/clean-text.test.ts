import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { Parser } from "htmlparser2";
import { cleanText } from "./clean-text.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const shared = join(import.meta.dir, "../../../../../shared");

const BREAKS = new Set(["br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol", "table", "blockquote"]);
const isFootnote = (name: string, attributes: Record<string, string>): boolean =>
  (name === "sup" && /\bfootnote-marker\b/.test(attributes["class"] ?? "")) ||
  (name === "i" && /\bfootnote\b/.test(attributes["class"] ?? ""));

/** The same text by an HTML parser that others wrote: running text and footnotes, white space and cantillation removed. */
function oracle(raw: string): { text: string; notes: string } {
  const open: boolean[] = [];
  let text = "";
  let notes = "";
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (BREAKS.has(name)) text += "\n";
        open.push(isFootnote(name, attributes));
      },
      onclosetag() {
        open.pop();
      },
      ontext(data) {
        if (open.includes(true)) notes += data;
        else text += data;
      },
    },
    { decodeEntities: true },
  );
  parser.end(raw);
  return { text: bare(text), notes: letters(bare(notes)) };
}

/** A note inside a note comes out on its own, so notes are compared by what they are made of, not by order. */
function letters(text: string): string {
  return [...text].toSorted().join("");
}

function bare(text: string): string {
  return text.replace(/[\s\u0591-\u05af]+/g, "");
}

function ours(raw: string): { text: string; notes: string } {
  const { text, footnotes } = cleanText(raw);
  const notes = footnotes.map((note) => note.marker + note.text).join("");
  return { text: text.replace(/\s+/g, ""), notes: letters(notes.replace(/\s+/g, "")) };
}

describe("cleanText", () => {
  test.each([
    ["a < b", "a < b"],
    ["5<6>4", "5<6>4"],
    ["<3", "<3"],
    ["<מ>", "<מ>"],
    ["<<</b> x", "<< x"],
    ["one<br>two<br/>three", "one\ntwo\nthree"],
    ["<p>one</p><p>two</p>", "one\ntwo"],
    ["<big>ב</big>ראשית <small>הגה</small>", "בראשית הגה"],
    ['see <img src="data:x"> here', "see here"],
    ["  two \n words&nbsp; ", "two words"],
    ["&lt;b&gt; &amp; &#1488;&#x5D1;", "<b> & אב"],
    ["AT&T &copy 2020 &nosuch;", "AT&T &copy 2020 &nosuch;"],
    ["a<!-- gone -->b", "ab"],
    ["בְּרֵאשִׁ֖ית בָּרָ֣א", "בְּרֵאשִׁית בָּרָא"],
    ['<a href="/a>b">x</a>', "x"],
    ["", ""],
  ])("%j", (raw, text) => {
    const clean = cleanText(raw);
    expect(clean.text).toBe(text);
    expect(clean.notes).toEqual([]);
  });

  test.each([
    ["x <b text…", "x <b text…", /unclosed tag "b"/],
    ["<the> word", "<the> word", /unknown tag "the"/],
    ["x <!-- y", "x <!-- y", /comment/],
    ['<a href="x>text</a> <a href="y">u</a>', "text u", /quote/],
    ['w<sup class="footnote-marker">1 more', "w1 more", /marker not closed/],
  ])("keeps the text of %j and says so", (raw, text, note) => {
    const clean = cleanText(raw);
    expect(clean.text).toBe(text);
    expect(clean.notes[0]).toMatch(note);
  });

  test("takes footnotes out, with what is nested in them, where they stood", () => {
    const raw =
      'first<sup class="footnote-marker">*</sup><i class="footnote">a <i>b</i> <b>c</b></i>, second' +
      '<sup class="footnote-marker">2</sup><i class="footnote">d</i>third <sup>th</sup><i data-commentator="X"></i>';
    const { text, footnotes } = cleanText(raw);
    expect(text).toBe("first, second third th");
    expect(footnotes).toEqual([
      { at: 5, text: "a b c", marker: "*" },
      { at: 13, text: "d", marker: "2" },
    ]);
  });

  test("a note that is not closed is kept as a note", () => {
    const { text, footnotes, notes } = cleanText('word<i class="footnote">to the end');
    expect([text, footnotes[0]?.text, notes.length]).toEqual(["word", "to the end", 1]);
  });

  test("offsets lead back to the same characters", () => {
    const raw = ' <b>a</b> &amp; בְּרֵאשִׁ֖ית<br>z<i class="footnote">n</i> ';
    const { text, toRaw } = cleanText(raw);
    expect(text).toBe("a & בְּרֵאשִׁית\nz");
    expect(raw[toRaw(0)]).toBe("a");
    expect(raw.startsWith("&amp;", toRaw(2))).toBe(true);
    expect(raw[toRaw(text.indexOf("ת"))]).toBe("ת");
    expect(raw[toRaw(text.indexOf("z"))]).toBe("z");
    expect(toRaw(text.length)).toBe(raw.indexOf("z") + 1);
  });

  const wellFormed = fc.letrec<{ node: string; list: string }>((tie) => ({
    list: fc.array(tie("node"), { maxLength: 5 }).map((nodes) => nodes.join("")),
    node: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(
        "a < b",
        "5<6>4",
        "<3",
        "שָׁל֖וֹם",
        "word",
        " ",
        "\n",
        "&amp;",
        "&lt;",
        "&nbsp;",
        "&#1488;",
        "AT&T",
        "<!-- c -->",
      ),
      fc
        .tuple(fc.constantFrom("b", "small", "big", "u", "sup"), tie("list"))
        .map(([name, inner]) => `<${name}>${inner}</${name}>`),
      tie("list").map((inner) => `<br><span class="refLink" title="/X.1?a=b>c">${inner}</span>`),
      tie("list").map((inner) => `<sup class="footnote-marker">1</sup><i class="footnote">${inner}<i>x</i></i>`),
    ),
  })).list;

  test("agrees with an HTML parser on well-formed markup", () => {
    fc.assert(
      fc.property(wellFormed, (raw) => expect(ours(raw)).toEqual(oracle(raw))),
      { numRuns: 300 },
    );
  });

  const soup = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "<",
          ">",
          "<b",
          "</i>",
          '<i class="footnote">',
          '<sup class="footnote-marker">',
          "</sup>",
          "<!--",
          "-->",
        ),
        fc.constantFrom(
          "&",
          "&amp;",
          "&#x0;",
          "&#xD800;",
          "\0",
          "\u202e",
          "\u200f",
          "\ud800",
          "\udc00",
          "=",
          '"',
          "'",
          "\u0591",
          "\ufeff",
        ),
        fc.string({ unit: "binary", maxLength: 4 }),
        fc.constantFrom("a", "א", " "),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(""));

  test("any soup: no crash, clean white space, offsets that never go back and stay inside", () => {
    fc.assert(
      fc.property(soup, (raw) => {
        const { text, footnotes, toRaw } = cleanText(raw);
        expect(text).toBe(text.trim());
        expect(/[\u0591-\u05af]|\s\s/.test(text)).toBe(false);
        for (const note of footnotes) expect(note.at >= 0 && note.at <= text.length).toBe(true);
        let before = 0;
        for (let offset = 0; offset <= text.length; offset++) {
          const at = toRaw(offset);
          expect(at >= before && at <= raw.length).toBe(true);
          before = at;
        }
      }),
      { numRuns: 500 },
    );
  });

  const sample = join(shared, "corpus/api-samples/bulktext-he.json.gz");
  test.skipIf(!existsSync(sample))("agrees with an HTML parser on the recorded samples", async () => {
    const answers: unknown = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(await Bun.file(sample).bytes())));
    const differing: string[] = [];
    let compared = 0;
    const walk = (value: unknown): void => {
      if (typeof value === "string") {
        compared++;
        if (JSON.stringify(ours(value)) !== JSON.stringify(oracle(value))) differing.push(value);
      } else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
    };
    walk(answers);
    expect(compared).toBeGreaterThan(3000);
    expect(differing).toEqual([]);
  });

  const books = ["Rashi_on_Genesis", "Ein_Ayah", "Genesis", "Berakhot"].map((name) =>
    join(shared, `corpus/texts/${name}.json.gz`),
  );
  test.skipIf(!books.some(existsSync))(
    "agrees with an HTML parser on real books, but for what is kept and said",
    async () => {
      let compared = 0;
      const differing: string[] = [];
      const walk = (value: unknown): void => {
        if (typeof value === "string") {
          if (!value.includes("<") && !value.includes("&")) return;
          compared++;
          if (cleanText(value).notes.length > 0) return;
          if (JSON.stringify(ours(value)) !== JSON.stringify(oracle(value))) differing.push(value);
        } else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
      };
      for (const path of books.filter(existsSync)) {
        const book = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(await Bun.file(path).bytes()))) as {
          versions: unknown;
        };
        walk(book.versions);
      }
      expect(compared).toBeGreaterThan(0);
      expect(differing).toEqual([]);
    },
  );
});
