import { expect, test } from "bun:test";
import fc from "fast-check";
import { embeddingText } from "./embedding-text.ts";

test("Hebrew without marks, its letters and signs kept", () => {
  expect(embeddingText("בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים עַל־פְּנֵ֥י ׀ הַמָּֽיִם׃")).toBe("בראשית ברא אלהים על-פני המים:");
  expect(embeddingText("  One\n\nTwo\u00ad three\u200f ")).toBe("One Two three");
  // NFC composes a shin with its dot only in presentation forms, which must come out as letters too.
  expect(embeddingText("\ufb2a\ufb1f")).toBe("שײ");
});

test("twice is once, and no letter is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const once = embeddingText(text);
      expect(embeddingText(once)).toBe(once);
      const letters = (of: string) => of.normalize("NFC").match(/[\p{L}\p{N}]/gu) ?? [];
      expect(letters(once)).toEqual(letters(text));
    }),
  );
});
