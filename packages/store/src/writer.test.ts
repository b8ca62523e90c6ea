import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { SoferError, toPlainError, type UnitState } from "@sofer/core";
import { CHUNKING } from "@sofer/text";
import type { UnitClose } from "./api.ts";
import { openLibrary } from "./reader.ts";
import { addBook, leafOfTitle, outlineOf, parcelOf, smallLibrary, versionOf } from "./testing/small-library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const he = versionOf("he", "First");
const en = versionOf("en", "First");

/** Every row of the tables that hold texts, as one string: what "nothing changed" means. */
function textRows(path: string): string {
  using database = new Database(path, { readonly: true });
  const tables = ["version", "segment", "segment_text", "holding", "chunk", "span", "chunked", "settled"];
  return JSON.stringify(tables.map((table) => database.query(`SELECT * FROM ${table}`).values()));
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    return thrown instanceof SoferError ? thrown.code : String(thrown);
  }
  return "nothing thrown";
}

function closeOf(runId: number, unitId: string): UnitClose {
  return { runId, unitId, title: "Aleph", requests: 1, bytes: 10, settlement: null };
}

test("a parcel's texts, refs, holding and chunks are committed", () => {
  using library = smallLibrary();
  const text = [
    ["אחד", " ", "שלש"],
    [7, ["deeper"]],
  ];
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [{ meta: he, text }]);
  const reader = openLibrary(library.path);
  expect([...reader.segments()].map((line) => [line.ref, line.heRef, line.text])).toEqual([
    ["Aleph 1:1", "ספר Aleph א׳:א׳", "אחד"],
    ["Aleph 1:3", "ספר Aleph א׳:ג׳", "שלש"],
    ["Aleph 2:2:1", "ספר Aleph ב׳:ב׳:א׳", "deeper"],
  ]);
  const [holding] = reader.holdings("Aleph");
  expect(holding).toMatchObject({
    range: null,
    state: "done",
    places: 5,
    stored: 3,
    blank: 1,
    notText: 1,
    irregular: 1,
  });
  expect(holding?.odd.map((odd) => odd.path)).toEqual([
    [0, 1],
    [1, 0],
    [1, 1, 0],
  ]);
  expect(reader.unchunked(CHUNKING)).toEqual([]);
  expect(reader.unchunked("another chunking").map((row) => row.nodeId)).toEqual([stored.nodeId]);
  expect(reader.leafVersionTexts(stored.nodeId, he).texts).toEqual(["אחד", "שלש", "deeper"]);
  reader.close();
});

test("a parcel that is not what its parser counted leaves nothing", () => {
  using library = smallLibrary();
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [{ meta: he, text: [["one", "two"]] }]);
  const runId = library.writer.startRun("{}", 1);
  const before = textRows(library.path);
  const good = parcelOf(stored, en, [["one", "two"]]);
  const bad = [
    { ...good, texts: ["one", "too"] },
    { ...good, texts: ["one"], paths: good.paths.slice(1), tokens: [1] },
    { ...good, counts: { ...good.counts, blank: 1 } },
    {
      ...good,
      paths: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      ...good,
      range: { from: [0], to: [0] },
      paths: [
        [0, 0],
        [1, 0],
      ],
    },
    { ...good, texts: ["one", "tw\ud800"] },
  ];
  for (const parcel of bad) {
    expect(codeOf(() => library.writer.commitParcel({ ...parcel, chunks: null }, 2, closeOf(runId, "text:a")))).toBe(
      "not-conserved",
    );
    expect(textRows(library.path)).toBe(before);
  }
  const reader = openLibrary(library.path);
  expect(reader.units(runId)).toEqual([]);
  reader.close();
});

test("the same parcel again changes no row", () => {
  using library = smallLibrary();
  const text = [["one", "two"], ["three"]];
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [{ meta: en, text }]);
  const before = textRows(library.path);
  library.writer.commitParcel(parcelOf(stored, en, text), 1);
  expect(textRows(library.path)).toBe(before);
});

test("a changed text keeps its row, a gone one leaves with its chunks and index rows", () => {
  using library = smallLibrary();
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [
    { meta: en, text: [["first word", "second word", "third word"]] },
    { meta: he, text: [["אחד"]] },
  ]);
  library.writer.buildIndex();
  const reader = openLibrary(library.path);
  const ids = reader.leafVersionTexts(stored.nodeId, en).segmentTextIds;
  library.writer.commitParcel(parcelOf(stored, en, [["first word", "other word"]]), 2);
  const after = reader.leafVersionTexts(stored.nodeId, en);
  expect(after.segmentTextIds).toEqual(ids.slice(0, 2));
  expect(after.texts).toEqual(["first word", "other word"]);
  expect(reader.counts()).toMatchObject({ segments: 2, texts: 3, indexed: 2 });
  expect(reader.search({ query: "second", limit: 5 }).hits).toEqual([]);
  expect(library.writer.buildIndex()).toBe(1);
  expect(reader.search({ query: "other", limit: 5 }).hits.map((hit) => hit.ref)).toEqual(["Aleph 1:2"]);
  expect([...reader.chunks({ profile: "vector" })].map((chunk) => chunk.text)).toEqual([
    "first word\nother word",
    "אחד",
  ]);
  reader.close();
});

test("the index follows what is written, so many texts at a time, and what it passed by comes in at the end", () => {
  using library = smallLibrary();
  const { writer } = library;
  const stored = addBook(writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one", "two", "three"]] }]);
  const next = (limit: number) => writer.indexNext(limit);
  expect([next(2), next(2), next(2)]).toEqual([
    { rows: 2, units: 6 },
    { rows: 1, units: 5 },
    { rows: 0, units: 0 },
  ]);
  writer.commitParcel(parcelOf(stored, he, [["אחד", "שתים", "שלוש", "ארבע"]]), 2);
  writer.together.begin(true);
  expect(next(1).rows).toBe(1);
  writer.together.undo();
  writer.together.begin(true);
  expect(next(1).rows).toBe(1);
  writer.together.commit();
  // One that was there before is altered: it is behind the follower.
  writer.commitParcel(parcelOf(stored, en, [["one", "other", "three"]]), 3);
  const reader = openLibrary(library.path);
  const found = (query: string) => reader.search({ query, limit: 5 }).hits.map((hit) => hit.ref);
  // What somebody else reads in the meantime is not put in twice.
  const read = [...reader.unindexedTexts()];
  expect(read.flatMap(({ ids }) => ids)).toHaveLength(4);
  expect(next(2).rows).toBe(2);
  for (const rows of read) writer.addToIndex(rows);
  expect([next(9).rows, writer.buildIndex()]).toEqual([0, 0]);
  expect([found("other"), found("two"), found("ארבע"), found("אחד")]).toEqual([
    ["Aleph 1:2"],
    [],
    ["Aleph 1:4"],
    ["Aleph 1:1"],
  ]);
  expect(reader.counts()).toMatchObject({ texts: 7, indexed: 7 });
  reader.close();
});

test("foreign keys are looked up, but in a transaction that is trusted", () => {
  using library = smallLibrary();
  const { writer } = library;
  const planForNoRun = () => writer.planUnits(77, [{ id: "a", kind: "text", title: "Aleph" }]);
  expect(planForNoRun).toThrow("FOREIGN KEY");
  writer.together.begin(true);
  expect(planForNoRun).not.toThrow();
  writer.together.undo();
  expect(planForNoRun).toThrow("FOREIGN KEY");
  writer.together.begin(true);
  writer.together.commit();
  writer.together.begin(false);
  expect(planForNoRun).toThrow("FOREIGN KEY");
  writer.together.undo();
});

test("ranges are held side by side, and a whole leaf takes their place", () => {
  using library = smallLibrary();
  const text = [["a one", "a two"], ["b one"], ["c one"]];
  const [stored] = library.writer.saveOutline(outlineOf(leafOfTitle("Aleph"), [2, 1, 1]), 0, 1).leaves;
  if (stored === undefined) throw new Error("no leaf");
  const reader = openLibrary(library.path);
  const ranges = () => reader.holdings().map((row) => row.range);
  const first = { from: [0], to: [1] };
  const last = { from: [2], to: [2] };
  library.writer.commitParcel(parcelOf(stored, en, text.slice(0, 2), { range: first }), 1);
  expect(reader.unchunked(CHUNKING)).toHaveLength(1);
  library.writer.commitParcel(parcelOf(stored, en, ["c one"], { range: last, base: [2] }), 1);
  expect(ranges()).toEqual([first, last]);
  expect(reader.unchunked(CHUNKING)).toEqual([]);
  const inParts = [...reader.chunks()];
  library.writer.commitParcel(parcelOf(stored, en, text), 2);
  expect(ranges()).toEqual([null]);
  expect([...reader.chunks()]).toEqual(inParts);
  // A part brought again replaces only what lies in it.
  library.writer.commitParcel(parcelOf(stored, en, ["c changed"], { range: last, base: [2], chunks: null }), 3);
  expect(reader.leafVersionTexts(stored.nodeId, en).texts).toEqual(["a one", "a two", "b one", "c changed"]);
  expect(reader.unchunked(CHUNKING)).toHaveLength(1);
  expect([...reader.chunks({ profile: "lexical" })].map((chunk) => chunk.ref)).toEqual(["Aleph 1:1-2", "Aleph 2:1"]);
  reader.close();
});

test("chunks are replaced when a leaf is chunked again", () => {
  using library = smallLibrary();
  const [stored] = library.writer.saveOutline(outlineOf(leafOfTitle("Aleph"), [2]), 0, 1).leaves;
  if (stored === undefined) throw new Error("no leaf");
  const parcel = parcelOf(stored, en, [["one", "two"]]);
  library.writer.commitParcel({ ...parcel, chunks: null }, 1);
  const reader = openLibrary(library.path);
  const texts = reader.leafVersionTexts(stored.nodeId, en);
  expect(reader.counts().chunks).toBe(0);
  library.writer.replaceChunks(stored.nodeId, en, null, parcel.chunks ?? [], texts.segmentTextIds, "mine");
  expect(reader.counts().chunks).toBe(2);
  expect(reader.unchunked("mine")).toEqual([]);
  library.writer.replaceChunks(stored.nodeId, en, null, parcel.chunks?.slice(0, 1) ?? [], texts.segmentTextIds, "mine");
  expect(reader.counts().chunks).toBe(1);
  reader.close();
});

test("a unit's end resolves its failure, and settles its part of the leaf", () => {
  using library = smallLibrary();
  const { writer } = library;
  const stored = addBook(writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one"]] }]);
  const runId = writer.startRun("{}", 1);
  writer.planUnits(runId, [{ id: "text:a", kind: "text", title: "Aleph" }]);
  const error = {
    code: "timeout",
    next: "retry",
    message: "no answer",
    hint: "",
    url: null,
    status: null,
    retryAfterMs: null,
    causes: ["x"],
  } as const;
  writer.failUnit(runId, "text:a", "Aleph", "Aleph 1", error, 5);
  writer.failUnit(runId, "text:a", "Aleph", "Aleph 1", error, 6);
  const reader = openLibrary(library.path);
  const stateOf = (): UnitState | undefined => reader.units(runId)[0]?.state;
  expect(reader.failures()).toMatchObject([{ place: "Aleph 1", attempts: 2, firstAt: 5, lastAt: 6, causes: ["x"] }]);
  expect(stateOf()).toBe("failed");
  const settlement = {
    nodeId: stored.nodeId,
    range: null,
    selection: '["best"]',
    limitSlots: null,
    excluded: [],
    raw: { count: 1, sum: "0" },
  };
  writer.commitParcel(parcelOf(stored, en, [["one"]]), 7, { ...closeOf(runId, "text:a"), settlement });
  expect(reader.failures()).toEqual([]);
  expect(stateOf()).toBe("done");
  expect(reader.settled("Aleph")).toMatchObject([{ range: null, selection: '["best"]', limitSlots: null }]);
  writer.dropVersion(stored.nodeId, en);
  expect(reader.settled()[0]?.excluded).toMatchObject([
    { versionTitle: "First", reason: "not-best", raw: { count: 1 } },
  ]);
  expect(reader.counts()).toMatchObject({ texts: 0, segments: 0, chunks: 0, versions: 0 });
  writer.endRun(runId, "whole", "{}", 9);
  expect(reader.runs(1)).toMatchObject([{ outcome: "whole", endedAt: 9 }]);
  reader.close();
});

test("a leaf that is settled as a whole heals the failures of its parts, of the versions it was settled for", () => {
  using library = smallLibrary();
  const { writer } = library;
  const stored = addBook(writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one"]] }]);
  const runId = writer.startRun("{}", 1);
  const error = toPlainError(new SoferError("wrong-ref", "answered for another place"));
  const parts = ["text:Aleph:First", "text:Aleph 0-0:Other", "text:Aleph:all", "text:Aleph Beth:all", "versions:Aleph"];
  for (const id of parts) writer.failUnit(runId, id, "Aleph", "Aleph", error, 5);
  const reader = openLibrary(library.path);
  const left = () => reader.failures().map(({ unitId }) => unitId);
  const settle = (selection: string, range: { from: number[]; to: number[] } | null) =>
    writer.closeUnit(
      {
        ...closeOf(runId, "settle:x"),
        settlement: {
          nodeId: stored.nodeId,
          range,
          selection,
          limitSlots: null,
          excluded: [],
          raw: { count: 1, sum: "0" },
        },
      },
      7,
    );
  settle('["all",["en"],null]', { from: [0], to: [0] });
  expect(left()).toHaveLength(5);
  settle('[["en|First"],["en"],null]', null);
  expect(left().toSorted()).toEqual([
    "text:Aleph 0-0:Other",
    "text:Aleph Beth:all",
    "text:Aleph:all",
    "versions:Aleph",
  ]);
  settle('["all",["en"],null]', null);
  expect(left().toSorted()).toEqual(["text:Aleph Beth:all", "versions:Aleph"]);
  reader.close();
});

test("an outline brought again keeps ids, rewrites refs whose addresses changed, and drops leaves that went", () => {
  using library = smallLibrary();
  const { writer } = library;
  const stored = addBook(writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one"], ["two"]] }]);
  const shifted = leafOfTitle("Aleph", { offsets: { "1": 10 } });
  const again = writer.saveOutline(outlineOf(shifted, [1, 1]), 3, 2);
  expect(again.leaves.map((leaf) => leaf.nodeId)).toEqual([stored.nodeId]);
  const reader = openLibrary(library.path);
  expect([...reader.segments()].map((line) => line.ref)).toEqual(["Aleph 11:1", "Aleph 12:1"]);
  expect(reader.holdings()).toHaveLength(1);
  writer.saveOutline(outlineOf(leafOfTitle("Aleph", { depth: 1, addressTypes: ["Integer"] }), 2), 3, 2);
  expect(reader.holdings()).toHaveLength(0);
  const other = leafOfTitle("Aleph, Introduction");
  const outline = outlineOf(other, [1]);
  writer.saveOutline({ ...outline, tree: { ...outline.tree, title: "Aleph" } }, 3, 2);
  expect(reader.book("Aleph")?.leaves.map((leaf) => leaf.leaf.title)).toEqual(["Aleph, Introduction"]);
  expect(reader.counts()).toMatchObject({ books: 1, texts: 0, segments: 0, chunks: 0 });
  reader.close();
});

test("contents and split hints come back as they were", () => {
  using library = smallLibrary();
  const entries = [
    { title: "Aleph", heTitle: "א", categories: ["Tanakh"], order: 0, dependence: null, baseTitles: [] },
  ];
  library.writer.saveContents("http://a", entries, 5);
  const stored = addBook(library.writer, leafOfTitle("Aleph"), [{ meta: en, text: [["one"]] }]);
  const hint = { nodeId: stored.nodeId, versionsPerRequest: null, slotsPerRequest: 40, why: "too-large" };
  library.writer.saveSplitHint(hint, 1);
  const reader = openLibrary(library.path);
  expect(reader.contents("http://a")).toEqual({ entries, fetchedAt: 5 });
  expect(reader.contents("http://b")).toBeNull();
  expect(reader.splitHints()).toEqual([hint]);
  reader.close();
});
