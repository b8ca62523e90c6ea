import { expect, test } from "bun:test";
import {
  EMPTY_TALLY,
  selectionKey,
  type FileFacts,
  type Leaf,
  type ListedObject,
  type Selection,
  type VersionKey,
} from "@sofer/core";
import type { HoldingRow, SettledRow, SourceObject } from "@sofer/store";
import type { Wish } from "../planner.ts";
import type { ExportNames, ListedBook } from "./listing.ts";
import { bookUnit, isSameObject, needsOf, type HeldBook } from "./plan-book.ts";

const names: ExportNames = {
  contents: "",
  folderOf: () => "json/B/",
  schemaOf: () => "schemas/B.json",
  fileNameOf: (title) => `${title}.json`,
  partsOf: () => null,
  match: () => ({ folders: new Map(), unknown: [] }),
};
const leaf: Leaf = {
  title: "B",
  heTitle: "",
  keys: [],
  order: 0,
  depth: 1,
  addressTypes: ["Integer"],
  sectionNames: [],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
};
const all: Selection = { policy: { kind: "all" }, languages: ["he", "en"], licenses: null };
const best: Selection = { ...all, policy: { kind: "best" } };
const wish = (selection: Selection, more: Partial<Wish> = {}): Wish => ({
  selection,
  limit: null,
  isFresh: false,
  notBefore: 0,
  ...more,
});

const object = (name: string, md5 = name, generation = "1"): ListedObject => ({
  name,
  size: 5,
  md5,
  crc32c: null,
  generation,
  updated: "",
});
const schema = object("schemas/B.json");

function listed(
  ...files: readonly (VersionKey & { readonly md5?: string; readonly generation?: string })[]
): ListedBook {
  return {
    entry: { title: "B", heTitle: "", categories: [], order: 0, dependence: null, baseTitles: [] },
    schema: object("schemas/B.json", undefined, "9"),
    texts: files.map(({ language, versionTitle, md5, generation }) => ({
      folder: "json/B/",
      language,
      fileName: `${versionTitle}.json`,
      object: object(`${language}/${versionTitle}`, md5, generation),
    })),
  };
}

const he = (versionTitle: string) => ({ language: "he", versionTitle }) as const;
const en = (versionTitle: string) => ({ language: "en", versionTitle }) as const;

/** A book held in some versions, of which files the ledger knows. */
function held(keys: readonly VersionKey[], selections: readonly Selection[], more: Partial<SettledRow> = {}): HeldBook {
  const text = (key: VersionKey): SourceObject => {
    const of = object(`${key.language}/${key.versionTitle}`);
    const facts: FileFacts = {
      object: of,
      meta: { ...key, license: "", priority: 0 },
      leaves: { B: { raw: { ...EMPTY_TALLY, count: 3 }, shape: 3 } },
    };
    return { kind: "text", object: of, facts, fetchedAt: 10 };
  };
  const holding = (version: VersionKey): HoldingRow => ({
    nodeId: 1,
    version,
    range: null,
    state: "done",
    places: 3,
    stored: 3,
    blank: 0,
    notText: 0,
    excluded: 0,
    irregular: 0,
    odd: [],
    tallySum: "",
  });
  const settled = selections.map((selection): SettledRow => ({
    nodeId: 1,
    range: null,
    selection: selectionKey(selection),
    limitSlots: null,
    excluded: [],
    settledAt: 10,
    ...more,
  }));
  return {
    book: {
      bookId: 1,
      title: "B",
      heTitle: "",
      categories: [],
      isComplex: false,
      checkedAt: 10,
      leaves: [{ nodeId: 1, leaf, shape: 3 }],
    },
    objects: [{ kind: "schema", object: schema, facts: null, fetchedAt: 10 }, ...keys.map(text)],
    holdings: keys.map(holding),
    settled,
  };
}

const namesOf = (objects: readonly ListedObject[]) => objects.map(({ name }) => name);

test("the same bytes are the same object, whatever its generation", () => {
  expect(isSameObject(object("a", "m", "1"), object("a", "m", "2"))).toBe(true);
  expect(isSameObject(object("a", "m"), object("a", "n"))).toBe(false);
  const composed = { ...object("a"), md5: null, crc32c: "c" };
  expect(isSameObject(composed, { ...composed, generation: "7" })).toBe(true);
  expect(isSameObject({ ...composed, crc32c: null, size: -1 }, { ...composed, crc32c: null, size: -1 })).toBe(false);
});

test("nothing is needed of a book that is settled and of which no file is other", () => {
  const files = [{ ...he("A"), generation: "3" }, he("B")];
  expect(needsOf(listed(...files), held([he("A"), he("B")], [all]), wish(all), names)).toMatchObject({ isHeld: true });
  // Settled before the last file was taken, or under another selection, or with less of it.
  const stale = held([he("A"), he("B")], [all], { settledAt: 9 });
  expect(needsOf(listed(...files), stale, wish(all), names).isHeld).toBe(false);
  expect(needsOf(listed(...files), held([he("A"), he("B")], [all]), wish(best), names).isHeld).toBe(false);
  const limited = held([he("A"), he("B")], [all], { limitSlots: 2 });
  expect(needsOf(listed(...files), limited, wish(all), names).isHeld).toBe(false);
  expect(needsOf(listed(...files), limited, wish(all, { limit: 2 }), names).isHeld).toBe(true);
});

test("files that are new or other are downloaded, files that are gone are named", () => {
  const files = [{ ...he("A"), md5: "other" }, he("B"), en("New"), he("merged")];
  const needs = needsOf(listed(...files), held([he("A"), he("B"), en("Old")], [all]), wish(all), names);
  expect(namesOf(needs.objects)).toEqual(["he/A", "en/New"]);
  expect(needs.known.map(({ object: of }) => of.name)).toEqual(["he/B"]);
  expect(needs).toMatchObject({ isHeld: false, gone: ["en/Old"], isRefresh: true, needsOutline: false });
  const fresh = needsOf(listed(...files), held([he("A")], [all]), wish(all, { isFresh: true }), names);
  expect([namesOf(fresh.objects), fresh.needsOutline]).toEqual([["he/A", "he/B", "en/New"], true]);
});

test("named versions are found by their file names, on their side", () => {
  const named: Selection = { ...all, policy: { kind: "exact", wanted: [he("A"), en("B"), he("merged")] } };
  const none: HeldBook = { book: null, objects: [], holdings: [], settled: [] };
  const needs = needsOf(listed(he("A"), he("B"), en("B"), he("merged")), none, wish(named), names);
  expect(namesOf(needs.objects)).toEqual(["he/A", "en/B", "he/merged"]);
  expect(needs).toMatchObject({ isRefresh: false, needsOutline: true });
});

test("a narrower wish takes nothing away; where only best chose, what is best no more goes", () => {
  const files = listed({ ...he("A"), md5: "other" }, he("B"), en("E"));
  const plan = (selections: readonly Selection[], selection: Selection) => {
    const library = held([he("A"), en("E")], selections);
    return bookUnit(files, library, needsOf(files, library, wish(selection), names), null, wish(selection));
  };
  expect(plan([best], best)).toMatchObject({ retained: { B: [] }, stored: { B: ["he|A", "en|E"] } });
  expect(plan([best, all], best).retained).toEqual({ B: ["he|A", "en|E"] });
  expect(plan([best], { ...best, languages: ["he"] }).retained).toEqual({ B: ["en|E"] });
});

test("leaves that are others now: every file is read again, and new leaves wait for their ids", () => {
  const library = held([he("A")], [all]);
  const files = listed(he("A"));
  const needs = needsOf({ ...files, schema: object("schemas/B.json", "other") }, library, wish(all), names);
  expect([needs.needsOutline, needs.objects]).toEqual([true, []]);
  const leaves = [
    { ...leaf, depth: 2 },
    { ...leaf, title: "B, Part", keys: ["Part"] },
  ];
  const outline = {
    tree: { title: "B", heTitle: "", isComplex: true, leaves, virtualNodes: [] },
    categories: [],
    titleVariants: [],
    heTitleVariants: [],
    shapes: {},
    record: null,
  };
  const unit = bookUnit(files, library, needs, outline, wish(all));
  expect(unit.leaves.map(({ nodeId }) => nodeId)).toEqual([1, -2]);
  expect([namesOf(unit.objects), unit.known]).toEqual([["he/A"], []]);
});
