import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addTallies,
  EMPTY_TALLY,
  MAX_SLOTS,
  shapeOf,
  SoferError,
  TallyCounter,
  type Leaf,
  type Selection,
  type TextAnswer,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";
import { parseUnit } from "./parse.ts";

const leaf: Leaf = {
  title: "Book of Tests",
  heTitle: "ספר",
  keys: [],
  order: 0,
  depth: 2,
  addressTypes: ["Integer", "Integer"],
  sectionNames: ["Chapter", "Verse"],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
};
const all: Selection = { policy: { kind: "all" }, languages: ["he", "en"], licenses: null };
const best: Selection = { ...all, policy: { kind: "best" } };

const meta = (versionTitle: string, more: Partial<VersionMeta> = {}): VersionMeta => ({
  language: "he",
  versionTitle,
  license: "",
  versionSource: null,
  priority: 0,
  actualLanguage: "he",
  other: {},
  ...more,
});

function strings(value: unknown, counter = new TallyCounter()): TallyCounter {
  if (typeof value === "string") counter.add(value);
  else if (Array.isArray(value)) for (const item of value) strings(item, counter);
  return counter;
}

const answer = (...versions: [VersionMeta, unknown][]): TextAnswer => ({
  versions: versions.map(([of, text]) => ({ meta: of, text, raw: strings(text).tally() })),
  missing: [],
  bytes: 0,
  neighbours: [],
  sourceTag: "test",
});

const unit = (text: unknown, more: Partial<TextUnit> = {}): TextUnit => ({
  kind: "text",
  id: "u",
  bookTitle: leaf.title,
  nodeId: 1,
  leaf,
  shape: shapeOf(text, leaf.depth),
  range: null,
  versions: "all",
  selection: all,
  decidesBest: true,
  limitSlots: null,
  ...more,
});

const jagged = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.constantFrom(null, 0, 7, "", "  ", true),
    fc.array(tie("value"), { maxLength: 5 }),
  ),
})).value;

describe("parseUnit", () => {
  test("accounts for every string of any jagged array, with any limit", () => {
    fc.assert(
      fc.property(fc.array(jagged, { maxLength: 6 }), fc.option(fc.nat(8)), (text, limitSlots) => {
        const parsed = parseUnit(unit(text, { limitSlots }), answer([meta("A"), text]));
        const stored = addTallies(EMPTY_TALLY, ...parsed.parcels.map((parcel) => parcel.tally));
        const limited = parsed.parcels.reduce((sum, parcel) => sum + parcel.counts.excluded, 0);
        if (limited === 0) expect(stored).toEqual(strings(text).tally());
        for (const { counts } of parsed.parcels) {
          expect(counts.places).toBe(counts.stored + counts.blank + counts.notText + counts.excluded);
        }
      }),
    );
  });

  test("a string that the parser did not see is an error, not a loss", () => {
    const given = answer([meta("A"), [["one", "two"]]]);
    const [version] = given.versions;
    if (version === undefined) throw new Error("no version");
    const tampered = { ...given, versions: [{ ...version, text: [["one"]] }] };
    expect(() => parseUnit(unit([["one", "two"]]), tampered)).toThrow("1 were accounted for");
  });

  test("best takes the priority, then the coverage, then the title; what loses is named", () => {
    const given = answer(
      [meta("B"), [["1"], ["2"]]],
      [meta("A"), [["1"], ["2"]]],
      [meta("C"), [["1"]]],
      [meta("empty", { priority: 9 }), []],
      [meta("closed", { priority: 99, license: "Copyright: somebody" }), [["1"]]],
    );
    const parsed = parseUnit(unit([["1"], ["2"]], { selection: best }), given);
    expect(parsed.parcels.map((parcel) => parcel.version.versionTitle)).toEqual(["A"]);
    expect(parsed.settlement.excluded.map(({ versionTitle, reason }) => [versionTitle, reason])).toEqual([
      ["closed", "licence"],
      ["B", "not-best"],
      ["C", "not-best"],
      ["empty", "not-best"],
    ]);
  });

  test("best asks wider when the versions it named hold nothing on a side", () => {
    const given = answer([meta("A", { priority: 2 }), []]);
    expect(parseUnit(unit([["1"]], { selection: best, versions: ["A"] }), given).winnerMissing).toBe(true);
    expect(parseUnit(unit([["1"]], { selection: best, versions: "all" }), given).winnerMissing).toBe(false);
  });

  test("a version of more than 20,000 segments is cut at sections into parcels that meet", () => {
    const text = Array.from({ length: 5 }, (_, chapter) =>
      Array.from({ length: 9_000 }, (__, verse) => `${chapter}.${verse}`),
    );
    const parsed = parseUnit(unit(text), answer([meta("A"), text]));
    expect(parsed.parcels.map((parcel) => parcel.range)).toEqual([
      { from: [0], to: [1] },
      { from: [2], to: [3] },
      { from: [4], to: [4] },
    ]);
    expect(parsed.parcels.map((parcel) => parcel.texts.length)).toEqual([18_000, 18_000, 9_000]);
  });

  test("so is one of more text than a parcel may have; a section is never cut", () => {
    const long = "x".repeat(500_000);
    const longs = (count: number) => Array.from({ length: count }, () => long);
    const text = [longs(6), longs(3), longs(12), ["short"], ["short"]];
    const parsed = parseUnit(unit(text), answer([meta("A"), text]));
    expect(parsed.parcels.map((parcel) => parcel.range)).toEqual([
      { from: [0], to: [0] },
      { from: [1], to: [1] },
      { from: [2], to: [2] },
      { from: [3], to: [4] },
    ]);
    expect(parsed.parcels.map((parcel) => parcel.texts.length)).toEqual([6, 3, 12, 2]);
  });

  test("limit keeps the first slots in reading order and says that it left something out", () => {
    const text = [
      ["a", "b"],
      ["c", "d"],
    ];
    const parsed = parseUnit(unit(text, { limitSlots: 3 }), answer([meta("A"), text]));
    expect(parsed.parcels[0]?.texts).toEqual(["a", "b", "c"]);
    expect(parsed.parcels[0]?.state).toBe("limited");
    expect(parsed.parcels[0]?.counts.excluded).toBe(1);
  });
});

describe("texts of which no refs can be made", () => {
  const refused = (text: unknown, of: Partial<TextUnit> = {}) => {
    try {
      parseUnit(unit(text, of), answer([meta("A"), text]));
    } catch (error) {
      if (error instanceof SoferError) return error.code;
      throw error;
    }
    return "accepted";
  };
  const nested = (levels: number): unknown => (levels === 0 ? "text" : [nested(levels - 1)]);
  const aliyot = { leaf: { ...leaf, depth: 1, addressTypes: ["Aliyah"] } } as const;

  test.each([
    ["lists in lists without end", nested(40), {}],
    ["more readings than there are names for", Array.from({ length: 8 }, () => "text"), aliyot],
    ["millions of empty places", Array.from({ length: MAX_SLOTS + 1 }, () => ""), {}],
    ["one segment of millions of letters", [["x".repeat(1_000_001)]], {}],
  ] as [string, unknown, Partial<TextUnit>][])("%s", (_what, text, of) => {
    expect(refused(text, of)).toBe("wire-shape");
  });

  test("what is as long and as deep as anything real is taken", () => {
    expect(refused(nested(8))).toBe("accepted");
    expect(
      refused(
        Array.from({ length: 7 }, () => "text"),
        aliyot,
      ),
    ).toBe("accepted");
    expect(refused([["x".repeat(110_000)]])).toBe("accepted");
  });

  test("millions of places of many versions are asked for in parts", () => {
    const empty = [...Array.from({ length: 900_000 }, () => ""), "text"];
    const versions = ["A", "B", "C", "D", "E"].map((title): [VersionMeta, unknown] => [meta(title), empty]);
    expect(() => parseUnit(unit(empty), answer(...versions))).toThrow(
      expect.objectContaining({ code: "too-large", next: "split" }),
    );
  });
});
