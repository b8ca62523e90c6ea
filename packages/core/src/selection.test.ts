import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Language, VersionMeta } from "./book.ts";
import {
  compareCandidates,
  compareCodePoints,
  select,
  selectionKey,
  type Candidate,
  type Selection,
} from "./selection.ts";

function candidate(versionTitle: string, fields: Partial<VersionMeta> & { segments?: number } = {}): Candidate {
  const { segments = 10, ...meta } = fields;
  return {
    segments,
    meta: {
      language: "he",
      versionTitle,
      license: "CC-BY",
      versionSource: null,
      priority: 0,
      actualLanguage: "he",
      other: {},
      ...meta,
    },
  };
}

function selection(fields: Partial<Selection> = {}): Selection {
  return { policy: { kind: "best" }, languages: ["he", "en"], licenses: null, ...fields };
}

function titles(kept: readonly Candidate[]): string[] {
  return kept.map(({ meta }) => `${meta.language}|${meta.versionTitle}`);
}

const anyCandidate = fc
  .record({
    title: fc.string({ unit: fc.constantFrom("a", "b", "ש", "\u{1D400}", "\uFF5E") }),
    priority: fc.integer({ min: 0, max: 2 }),
    segments: fc.nat(2),
    language: fc.constantFrom<Language>("he", "en"),
    license: fc.constantFrom("", "CC-BY", "Copyright: X"),
  })
  .map(({ title, ...fields }) => candidate(title, fields));

describe("best", () => {
  test("priority, then segments, then title", () => {
    const low = candidate("A", { priority: 0, segments: 99 });
    const high = candidate("Z", { priority: 1, segments: 1 });
    const fuller = candidate("Y", { priority: 1, segments: 2 });
    const twin = candidate("X", { priority: 1, segments: 2 });
    expect([low, high, fuller, twin].toSorted(compareCandidates)).toEqual([twin, fuller, high, low]);
  });

  test("one winner for each side; an empty one never wins", () => {
    const empty = candidate("Empty", { priority: 9, segments: 0 });
    const { kept, excluded } = select([empty, candidate("Full"), candidate("Full", { language: "en" })], selection());
    expect(titles(kept)).toEqual(["he|Full", "en|Full"]);
    expect(excluded).toEqual([{ candidate: empty, reason: "not-best" }]);
  });

  test("the order is total: whatever order the versions come in, the same win", () => {
    const list = fc.uniqueArray(anyCandidate, { selector: ({ meta }) => `${meta.language}|${meta.versionTitle}` });
    fc.assert(
      fc.property(
        list.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(titles(select(all, selection()).kept)).toEqual(titles(select(shuffled, selection()).kept));
          for (const a of all) {
            for (const b of all) {
              const isSame =
                a.meta.versionTitle === b.meta.versionTitle &&
                a.segments === b.segments &&
                a.meta.priority === b.meta.priority;
              expect(Math.sign(compareCandidates(a, b)) + Math.sign(compareCandidates(b, a))).toBe(0);
              expect(compareCandidates(a, b) === 0).toBe(isSame);
            }
          }
        },
      ),
    );
  });
});

describe("select", () => {
  test("loses nobody: each is kept or excluded, once", () => {
    const policies: Selection["policy"][] = [
      { kind: "best" },
      { kind: "all" },
      { kind: "exact", wanted: [{ language: "he", versionTitle: "a" }] },
    ];
    fc.assert(
      fc.property(fc.array(anyCandidate), fc.constantFrom(...policies), (all, policy) => {
        const { kept, excluded } = select(all, selection({ policy }));
        expect(new Set([...kept, ...excluded.map((one) => one.candidate)])).toEqual(new Set(all));
        expect(kept.length + excluded.length).toBe(all.length);
      }),
    );
  });

  test("says why", () => {
    const english = candidate("E", { language: "en" });
    const closed = candidate("C", { license: "Copyright: Somebody" });
    const other = candidate("O");
    const wanted = candidate("W");
    const { kept, excluded } = select(
      [english, closed, other, wanted],
      selection({ languages: ["he"], policy: { kind: "exact", wanted: [{ language: "he", versionTitle: "W" }] } }),
    );
    expect(kept).toEqual([wanted]);
    expect(excluded.map(({ reason }) => reason)).toEqual(["language", "licence", "version"]);
  });

  test("licences named are taken, Copyright too", () => {
    const closed = candidate("C", { license: "Copyright: Somebody" });
    const all = selection({ policy: { kind: "all" }, licenses: ["Copyright: Somebody"] });
    expect(select([closed, candidate("O")], all).kept).toEqual([closed]);
  });
});

test("titles are ordered by code point, not by UTF-16 unit", () => {
  const titles = ["\uFF5E", "\u{1D400}"];
  // By unit, the surrogates of U+1D400 stand before U+FF5E.
  expect(titles.toSorted()).not.toEqual(titles);
  expect(titles.toSorted(compareCodePoints)).toEqual(titles);
  expect(compareCodePoints("a", "ab")).toBeLessThan(0);
  expect(compareCodePoints("ab", "ab")).toBe(0);
});

test("selectionKey does not depend on the order in which things were named", () => {
  const a = selection({ languages: ["he", "en"], licenses: ["x", "y"] });
  expect(selectionKey(a)).toBe(selectionKey(selection({ languages: ["en", "he"], licenses: ["y", "x"] })));
  expect(selectionKey(a)).not.toBe(selectionKey(selection({ policy: { kind: "all" }, licenses: ["x", "y"] })));
  expect(selectionKey(a)).not.toBe(selectionKey(selection()));
});
