import fc from "fast-check";
import { describe, expect, test } from "bun:test";
import {
  placesOfRange,
  places,
  shapeOf,
  slotCount,
  TallyCounter,
  unionShape,
  type AnsweredVersion,
  type Leaf,
  type LeafRange,
  type Path,
  type TextAnswer,
} from "@sofer/core";
import { rangesOf } from "../split.ts";
import { joinSections, sectionNamed, sectionsOf, segmentsOf } from "./sections.ts";

function leafOf(depth: number, title = "Book"): Leaf {
  return {
    title,
    heTitle: "ספר",
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

const ranged = (depth: number, shape: ReturnType<typeof shapeOf>, range: LeafRange | null = null) => ({
  leaf: leafOf(depth),
  shape,
  range,
});
const paths = (ranges: Iterable<LeafRange | null>) => [...ranges].map((range) => range?.from.join(".") ?? "all");

describe("sections with text, in reading order", () => {
  test.each([
    ["one level is one section", ranged(1, 5), ["all"], 5],
    ["empty ones are left out", ranged(2, [0, 0, 3, 0, 2]), ["2", "4"], 5],
    ["below the top level", ranged(3, [[2, 0], [], [0, 1]]), ["0.0", "2.1"], 3],
    ["of a range", ranged(2, [1, 1, 2, 1], { from: [1], to: [2] }), ["1", "2"], 3],
    ["of a range of upper sections", ranged(3, [[2], [1, 1], [1]], { from: [1], to: [2] }), ["1.0", "1.1", "2.0"], 3],
    ["a range within a section is one", ranged(2, [3, 9], { from: [1, 4], to: [1, 6] }), ["1.4"], 3],
  ])("%s", (_name, part, sections, segments) => {
    expect(paths(sectionsOf(part))).toEqual(sections);
    expect([...segmentsOf(part)]).toHaveLength(segments);
  });
});

test.each([
  ["Book 3", null, [2]],
  ["Book 3", { from: [0], to: [1] }, null],
  ["Book 3:1", null, null],
  ["Book", null, null],
  ["Book, Preface 3", null, null],
  ["Bookend 3", null, null],
])("%s within %p", (ref, range, path) => {
  const named = sectionNamed(ref, ranged(2, [1, 1, 1, 1], range));
  expect(named === null ? null : [...named.from]).toEqual(path);
});

/** The whole answer cut as the service cuts it: sections that no version has do not answer. */
function answerAt(texts: readonly unknown[], at: Path): TextAnswer {
  const versions = texts.map((text, index): AnsweredVersion => {
    let here = text;
    for (const step of at) here = Array.isArray(here) ? here[step] : undefined;
    const counter = new TallyCounter();
    const count = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(count);
      else if (typeof value === "string" && value.trim() !== "") counter.add(value);
    };
    count(here);
    const meta = {
      language: "he",
      versionTitle: `V${index}`,
      license: "",
      versionSource: null,
      priority: 0,
      actualLanguage: "he",
      other: {},
    } as const;
    return { meta, text: here ?? [], raw: counter.tally() };
  });
  return { versions, missing: [], neighbours: [], bytes: 1, sourceTag: at.join(".") };
}

const segment = fc.constantFrom("", "a", "ב", " ");
const textOfDepth = (depth: number): fc.Arbitrary<unknown> =>
  depth === 0 ? segment : fc.array(textOfDepth(depth - 1), { maxLength: 4 });

const found = (texts: Iterable<{ kind: string; path: Path; text: string }>) =>
  [...texts].filter(({ kind }) => kind === "text").map(({ path, text }) => `${path.join(".")} ${text}`);

test("what came by sections is what would have come at once, for whole leaves and for their parts", () => {
  const leaves = fc.integer({ min: 1, max: 4 }).chain((depth) =>
    fc.record({
      depth: fc.constant(depth),
      texts: fc.array(textOfDepth(depth), { minLength: 1, maxLength: 3 }),
      most: fc.integer({ min: 1, max: 12 }),
    }),
  );
  fc.assert(
    fc.property(leaves, ({ depth, texts, most }) => {
      const shape = texts.map((text) => shapeOf(text, depth)).reduce(unionShape);
      if (slotCount(shape) === 0) return;
      for (const range of [null, ...rangesOf(shape, null, most)]) {
        const part = ranged(depth, shape, range);
        const sections = sectionsOf(part);
        // A part of one section is its own answer, and is not joined.
        if (sections.some((at) => at !== null && at.from.join() !== at.to.join())) continue;
        const joined = joinSections(
          part,
          sections.map((at) => ({ range: at, answer: answerAt(texts, at?.from ?? []) })),
        );
        for (const [index, text] of texts.entries()) {
          const own = joined.versions[index];
          const expected = found(places(text, depth)).filter(
            (line) => range === null || paths(segmentsOf(part)).some((path) => line.startsWith(`${path} `)),
          );
          const came =
            range === null ? places(own?.text, depth) : placesOfRange(own?.text, depth, range.from, range.to);
          expect(found(came)).toEqual(expected);
          expect(own?.raw.count).toBe(expected.length);
        }
      }
    }),
    { numRuns: 500 },
  );
});
