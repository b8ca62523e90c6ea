import { expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { existsSync } from "node:fs";
import { join } from "node:path";
import tokens from "gpt-tokenizer/bpeRanks/o200k_base";
import { countTokens as countWhole } from "gpt-tokenizer/encoding/o200k_base";
import { O200K_TOKEN_SPLIT_REGEX } from "gpt-tokenizer/encodingParams/constants";
import { CountedText, countTokens, loadTokenizer } from "./tokens.ts";
import { WordCounts } from "./word-counts.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const options = { disallowedSpecial: new Set<string>() };

test("special tokens are text, and the tokenizer loads ahead of use", async () => {
  const count = await loadTokenizer();
  expect(count("<|endoftext|> <|endoftext|>")).toBeGreaterThan(4);
  expect(count("")).toBe(0);
});

test("the sum over words is what the encoder counts for the whole text", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      " ",
      "  ",
      "\n",
      " \n",
      "\u00a0",
      "\u2003",
      "\t",
      "/",
      ".",
      "'s",
      "12345",
      "שָׁלוֹם",
      "word",
      "Word",
      "<|endoftext|>",
    ),
    // The library loses U+FEFF, because it looks tokens up through a decoder that takes it for a byte order mark.
    fc.string({ unit: "binary", maxLength: 3 }).map((text) => text.replaceAll("\ufeff", "")),
  );
  const letters = fc.constantFrom(..."אבגםשתְִַּׁ֣֥־׃׳״ abcdA'.,");
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 30 }), (text) => {
      expect(countTokens(text)).toBe(countWhole(text, options));
    }),
    { numRuns: 250 },
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
      const text = parts.join("");
      expect(countTokens(text)).toBe(countWhole(text, options));
    }),
    { numRuns: 250 },
  );
});

test("a stretch of a counted text counts as the stretch by itself", () => {
  const word = fc.oneof(
    fc.constantFrom(" ", "  ", "\n", "\u00a0", "שָׁלוֹם", "word", " word", " מילה", ".", "12345"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const ends = fc.nat({ max: 60 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), ends, ends, (words, from, length) => {
      const text = words.join("");
      const start = Math.min(from, text.length);
      const end = Math.min(start + length, text.length);
      expect(new CountedText(text).tokens(start, end)).toBe(countTokens(text.slice(start, end)));
    }),
    { numRuns: 2_000 },
  );
});

test("a word is counted once, whatever its hashes are", () => {
  let asked = 0;
  const counts = new WordCounts(() => {
    asked++;
    return 1;
  });
  const words = Array.from({ length: 20_000 }, (_, n) => `w${n.toString(36)}`);
  const text = words.join(" ");
  expect(counts.count(text, null)).toBe(words.length);
  expect(asked).toBe(words.length);
  expect(counts.count(text, null)).toBe(words.length);
  expect(asked).toBe(words.length);
});

test("every token that is one piece counts as one", () => {
  const pieces = tokens
    .map((token) => (typeof token === "string" ? token : new TextDecoder().decode(Uint8Array.from(token))))
    .filter((piece) => !piece.includes("\ufffd") && piece.match(O200K_TOKEN_SPLIT_REGEX)?.[0] === piece);
  expect(pieces.length).toBeGreaterThan(150_000);
  for (const piece of pieces) if (countTokens(piece) !== 1) throw new Error(`not one token: ${JSON.stringify(piece)}`);
});

test("a long stretch without a break is counted in reasonable time, a few tokens too high at most", () => {
  const text = "א".repeat(20_000);
  const counted = countTokens(text);
  expect(counted).toBeGreaterThanOrEqual(countTokens("א".repeat(2000)) * 9);
  expect(counted).toBeLessThanOrEqual(20_000);
});

const book = join(import.meta.dir, "../../../../shared/corpus/texts/Esther.json.gz");
test.skipIf(!existsSync(book))("counts a real book as the library does", async () => {
  const json: unknown = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(await Bun.file(book).bytes())));
  let compared = 0;
  const walk = (value: unknown): void => {
    if (typeof value === "string" && compared < 2000) {
      compared++;
      if (countTokens(value) !== countWhole(value, options)) throw new Error(`counts differ: ${JSON.stringify(value)}`);
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk(json);
  expect(compared).toBeGreaterThan(300);
});
