import { describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { normaliseForSearch, normaliseWithOrigins, searchText } from "./normalise.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

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

  test("a text longer than any before it comes out like a short one", () => {
    for (const times of [500, 1_000, 20_000, 3]) {
      expect(normaliseForSearch("שָׁלוֹם The Road ".repeat(times))).toBe("שלומ the road ".repeat(times).trim());
      const { text = "", from } = normaliseWithOrigins("aB ".repeat(times * 2)) ?? {};
      expect(text).toBe("ab ".repeat(times * 2).trim());
      expect(from?.length).toBe(text.length);
    }
  });

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
