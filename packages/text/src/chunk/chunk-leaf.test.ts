import { createHash } from "node:crypto";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import type { ChunkDraft, ChunkProfile, ChunkSegment, Leaf, Path } from "@sofer/core";
import { cleanText } from "../markup/clean-text.ts";
import { TOKENIZER, countTokens } from "../tokens.ts";
import { chunkLeaf } from "./chunk-leaf.ts";
import { CHUNKING, chunkingKey, rebuildChunkText } from "./key.ts";
import { splitText } from "./split.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

function leafOf(depth: number): Leaf {
  return {
    title: "Example",
    heTitle: "דוגמה",
    keys: [],
    order: 0,
    depth,
    addressTypes: Array.from({ length: depth }, () => "Integer" as const),
    sectionNames: [],
    heSectionNames: [],
    offsets: null,
    isDefault: false,
  };
}

const version = { language: "en", versionTitle: "A version" } as const;

function segment(path: Path, raw: string): ChunkSegment {
  const { text } = cleanText(raw);
  return { path, text, tokens: countTokens(text) };
}

function chunk(segments: readonly ChunkSegment[], profile: ChunkProfile, depth = 2): ChunkDraft[] {
  return chunkLeaf({ bookTitle: "Example", leaf: leafOf(depth), version, segments }, [profile]);
}

function textOf(draft: ChunkDraft, segments: readonly ChunkSegment[]): string {
  const parts = draft.spans.map((span) => (segments[span.segment]?.text ?? "").slice(span.start, span.end));
  return rebuildChunkText(parts);
}

const small: ChunkProfile = { name: "small", targetTokens: 20, maxTokens: 30 };
const words = (count: number): string => Array.from({ length: count }, () => "word").join(" ");

const rawText = fc.oneof(
  fc
    .array(fc.constantFrom("word", "שָׁלוֹם", "ברוך", "end.", "clause,", "<b>bold</b>", "&amp;", "—", "<|endoftext|>"), {
      maxLength: 60,
    })
    .map((list) => list.join(" ")),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.nat(300).map((length) => "אבגד".repeat(length)),
  fc.nat(60).map((length) => "👩‍👩‍👧".repeat(length)),
  fc.constant('<i class="footnote">only a note</i>'),
);
const segmentsOf = fc
  .array(fc.array(rawText, { maxLength: 5 }), { maxLength: 5 })
  .map((sections) => sections.flatMap((list, section) => list.map((raw, index) => segment([section, index], raw))));

describe("chunkLeaf", () => {
  test("merges whole segments until the target is reached, never above the maximum", () => {
    const segments = [8, 8, 8, 8, 8].map((count, index) => segment([0, index], words(count)));
    const drafts = chunk(segments, small);
    expect(drafts.map((draft) => draft.spans.map((span) => span.segment))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(drafts.map((draft) => draft.tokens)).toEqual([26, 17]);
  });

  test("stays in the top-level section; a leaf of depth 1 is one section", () => {
    const segments = [0, 1, 2].map((index) => segment([index], "one two"));
    expect(chunk(segments, small, 1)).toHaveLength(1);
    expect(chunk(segments, small, 2)).toHaveLength(3);
  });

  test("parts that read the same have ids of their own, and so do versions and parameters", () => {
    const segments = [segment([0, 0], words(200))];
    const keys = chunk(segments, small).map((draft) => draft.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(6);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    const other = chunk(segments, { ...small, targetTokens: 21 }).map((draft) => draft.key);
    expect(keys.some((key) => other.includes(key))).toBe(false);
    expect(chunkingKey([small])).not.toBe(CHUNKING);
    expect(CHUNKING).toContain(TOKENIZER);
  });

  test("refuses a profile that cannot be kept", () => {
    expect(() => chunk([], { name: "x", targetTokens: 9, maxTokens: 5 })).toThrow(RangeError);
  });

  test("every character is in exactly one chunk, none above the maximum", () => {
    fc.assert(
      fc.property(segmentsOf, (segments) => {
        const drafts = chunk(segments, small);
        const covered = segments.map(() => 0);
        for (const draft of drafts) {
          expect(draft.tokens).toBeLessThanOrEqual(small.maxTokens);
          const sections = new Set(draft.spans.map((span) => segments[span.segment]?.path[0]));
          expect(sections.size).toBe(1);
          for (const span of draft.spans) {
            const text = segments[span.segment]?.text ?? "";
            expect(span.end).toBeGreaterThan(span.start);
            // Between two spans there is white space only.
            expect(text.slice(covered[span.segment], span.start).trim()).toBe("");
            covered[span.segment] = span.end;
          }
        }
        for (const [index, { text }] of segments.entries()) expect(covered[index]).toBe(text.length);
      }),
      { numRuns: 40 },
    );
  });

  test("section by section gives the same chunks as the whole leaf", () => {
    fc.assert(
      fc.property(segmentsOf, (segments) => {
        const whole = chunk(segments, small);
        const bySection = [...Map.groupBy(segments, (each) => each.path[0]).values()].flatMap((part) =>
          chunk(part, small),
        );
        expect(bySection.map((draft) => draft.key)).toEqual(whole.map((draft) => draft.key));
      }),
      { numRuns: 25 },
    );
  });

  test("an id is half of sha256 of the list that says what a chunk is", () => {
    const oddText = fc.oneof(rawText, fc.constantFrom("\ud83d \ude00", 'a "quote", a \\ and a \u0001', "\ude00"));
    const oddSegments = fc
      .array(oddText, { maxLength: 12 })
      .map((list) => list.map((raw, index) => segment([0, index], raw)));
    fc.assert(
      fc.property(oddSegments, (segments) => {
        for (const draft of chunk(segments, small)) {
          const [first, last] = [draft.spans[0], draft.spans.at(-1)];
          const refOf = (index = -1) => `Example 1:${(segments[index]?.path[1] ?? -2) + 1}`;
          const isWhole = first?.end === segments[first?.segment ?? -1]?.text.length && first?.start === 0;
          const list = ["small", 20, 30, TOKENIZER, "1", "Example", "en", "A version"];
          const said = [...list, refOf(first?.segment), refOf(last?.segment), textOf(draft, segments)];
          const json = JSON.stringify(isWhole ? said : [...said, first?.start]);
          expect(draft.key).toBe(createHash("sha256").update(json).digest("hex").slice(0, 32));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("the tokens of a chunk are no less than its text has", () => {
    fc.assert(
      fc.property(segmentsOf, (segments) => {
        for (const draft of chunk(segments, small)) {
          if (draft.spans.length === 1) expect(draft.tokens).toBe(countTokens(textOf(draft, segments)));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("splitText", () => {
  const limits = { targetTokens: 20, maxTokens: 30 };
  const cut = (text: string): string[] => splitText(text, limits).map((part) => text.slice(part.start, part.end));

  test("cuts at sentences, then clauses, then words", () => {
    expect(cut(`${words(15)}. ${words(18)}! ${words(12)}`)).toEqual([`${words(15)}.`, `${words(18)}!`, words(12)]);
    for (const part of cut(`${words(18)}, ${words(18)}, ${words(18)}.`)) expect(part).toMatch(/[,.]$/);
    expect(cut(words(50)).every((part) => part.startsWith("word") && part.endsWith("word"))).toBe(true);
  });

  test("a colon ends a Hebrew sentence", () => {
    const sentence = `${"דבר ".repeat(8)}סוף:`;
    for (const part of cut(Array.from({ length: 6 }, () => sentence).join(" "))) expect(part).toEndWith(":");
  });

  test("without any boundary it keeps characters whole", () => {
    const family = "👩‍👩‍👧";
    const parts = cut(family.repeat(40));
    expect(parts.join("")).toBe(family.repeat(40));
    for (const part of parts) expect(part.isWellFormed()).toBe(true);
    expect(cut(`e${"\u0301".repeat(400)}`).length).toBeGreaterThan(1);
  });
});
