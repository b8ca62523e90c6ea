import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ENDPOINTS } from "@sofer/sandbox";
import type { IngestRun } from "../ingest-run.ts";
import { measureFloor, type FloorMeasured, type FloorRound, type FloorRun } from "./measure.ts";
import { floorRatios, isNearFloor, leastRatio, renderFloorReport } from "./report.ts";
import { rowsOf } from "./rows.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const MEBIBYTE = 2 ** 20;
const RATE = /texts\/s|MB\/s|ours\/floor/;

describe("rows of what was parsed", () => {
  const kept = (json: unknown) =>
    rowsOf(json).map((row) => `${row.title} ${row.place}|${row.versionTitle}|${row.text}`);

  test("a version file of one node, and of nodes in nodes", () => {
    const meta = { title: "B", language: "he", versionTitle: "V", license: "CC0" };
    expect(kept({ ...meta, text: [["a", " "], [], "deep", [["x"]], [7, null, "c"]] })).toEqual([
      "B 1:1|V|a",
      "B 3|V|deep",
      "B 4:1:1|V|x",
      "B 5:3|V|c",
    ]);
    expect(kept({ ...meta, text: { "": ["a"], Part: { One: ["b"], Two: "c" } } })).toEqual([
      "B 1|V|a",
      "B, Part, One 1|V|b",
      "B, Part, Two |V|c",
    ]);
    expect(kept({ ...meta, license: "Copyright: somebody", text: ["a"] })).toEqual([]);
  });

  test("an answer for a whole node, for one place, and for a range, of pages too", () => {
    const answer = (from: readonly (string | number)[], to: readonly (string | number)[], text: unknown) => {
      const version = { language: "he", versionTitle: "V", license: "CC0", text };
      const other = { ...version, versionTitle: "W", license: "Copyright: somebody" };
      return { book: "B", sections: from, toSections: to, versions: [version, other] };
    };
    expect(kept(answer([], [], [["a"], ["b"]]))).toEqual(["B 1:1|V|a", "B 2:1|V|b"]);
    expect(kept(answer(["3"], ["3"], ["a", "b"]))).toEqual(["B 3:1|V|a", "B 3:2|V|b"]);
    expect(kept(answer(["3", 2], ["3", 4], ["a", "b", "c"]))).toEqual(["B 3:2|V|a", "B 3:3|V|b", "B 3:4|V|c"]);
    expect(kept(answer(["2b"], ["3a"], [["a"], ["b"]]))).toEqual(["B 4:1|V|a", "B 5:1|V|b"]);
  });

  test("contents, schemas and lists hold none", () => {
    expect([kept([{ title: "B" }]), kept({ title: "B", schema: { text: "t" } }), kept(null), kept("text")]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

const timed = { wallSeconds: 30, cpuSeconds: 40, memory: null, loadBefore: 0.5 };
const ours: IngestRun = {
  ...timed,
  ingestExitCode: 0,
  verify: { exitCode: 0, isWhole: true, differences: 0 },
  rawBytes: 60 * MEBIBYTE,
  libraryBytes: 200 * MEBIBYTE,
  segments: 300_000,
  requests: 1_210,
  requestsByKind: Object.fromEntries(ENDPOINTS.map((name) => [name, 0])) as IngestRun["requestsByKind"],
  receiptRequests: 1_210,
  maxInFlight: 20,
  connections: 30,
  stalls: [],
};
const floor: FloorRun = {
  ...timed,
  wallSeconds: 20,
  cpuSeconds: 10,
  answers: 1_200,
  texts: 300_000,
  requests: 1_200,
  rawBytes: 60 * MEBIBYTE,
};
const rounds: FloorRound[] = [
  { ours, floor },
  { ours: { ...ours, wallSeconds: 50 }, floor },
  { ours: { ...ours, wallSeconds: 40 }, floor },
];
const good: FloorMeasured = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  input: "real corpus",
  books: 253,
  workers: 10,
  latencyMs: 0,
  routes: [{ route: "bucket", rounds, watched: null }],
  sandboxCpuSeconds: 10,
};

describe("the report on the floor", () => {
  test("says the median ratio of the rounds, of wall and of CPU, and whether it is within the goal", () => {
    const text = renderFloorReport(good);
    expect(text).toContain("253 books by the bucket");
    expect(text).toContain("ours/floor, median of 3: wall 2.00 (1.50, 2.50, 2.00), CPU 4.00 (4.00, 4.00, 4.00)");
    expect(text).toContain("ours 7,500 texts/s, 1.50 MB/s; floor 15,000 texts/s, 3.00 MB/s");
    expect(isNearFloor(good)).toBe(true);
    const busy = { ours, floor: { ...floor, wallSeconds: 50 } };
    expect(leastRatio([...rounds, busy], "wallSeconds")).toBe(1.5);
    const slow = { ours: { ...ours, wallSeconds: 41 }, floor };
    expect(isNearFloor({ ...good, routes: [{ route: "bucket", rounds: [slow, slow, slow], watched: null }] })).toBe(
      false,
    );
    expect(isNearFloor({ ...good, routes: [] })).toBe(false);
  });

  test.each([
    ["verify found something", { ours: { ...ours, verify: { exitCode: 1, isWhole: false, differences: 3 } }, floor }],
    ["the floor was not measured", { ours, floor: null }],
    ["the floor kept one text less", { ours, floor: { ...floor, texts: 299_999 } }],
  ] as [string, FloorRound][])("has no rate and no ratio when in the last round %s", (_case, last) => {
    const unfair = rounds.with(2, last);
    expect(floorRatios(unfair)).toBeNull();
    expect(leastRatio(unfair, "wallSeconds")).toBeNull();
    const measured: FloorMeasured = { ...good, routes: [{ route: "bucket", rounds: unfair, watched: null }] };
    expect(renderFloorReport(measured)).not.toMatch(RATE);
    expect(isNearFloor(measured)).toBe(false);
  });
});

test("of generated books by both routes, the floor keeps as many texts, and the same index", async () => {
  const indexes: string[] = [];
  const note = (path: string, table: string) => {
    const database = new Database(path);
    database.run(`CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, ${table}, row)`);
    const terms = database.query<{ term: string; doc: number; cnt: number }, []>("SELECT * FROM temp.terms").all();
    expect(terms.length).toBeGreaterThan(100);
    indexes.push(Bun.hash(JSON.stringify(terms)).toString());
    database.close();
  };
  const measured = await measureFloor({
    corpus: null,
    workers: 2,
    books: 3,
    latencyMs: 0,
    rounds: 1,
    routes: ["service", "bucket"],
    isMemoryAsked: true,
    beforeVerify: (library) => note(library, "full_text"),
    onFloor: (database) => note(database, "words"),
  });
  expect(measured.routes.map(({ rounds: [round] }) => round?.floor?.texts)).toEqual(
    measured.routes.map(({ rounds: [round] }) => round?.ours.segments),
  );
  // Ours and the floor's, of both routes, timed and watched.
  expect(indexes.length).toBe(8);
  for (let at = 0; at < 8; at += 2) expect(indexes[at + 1]).toBe(indexes[at]);
  const watched = process.platform === "linux";
  for (const route of measured.routes) {
    expect(route.rounds[0]?.ours.memory).toBeNull();
    expect(route.watched?.ours.memory !== null).toBe(watched);
  }
  expect(renderFloorReport(measured)).toMatch(RATE);
});
