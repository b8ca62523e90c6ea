import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { processesAt } from "./contenders.ts";
import { measureField, type FieldCell, type FieldMeasured, type FieldRun } from "./measure.ts";
import { fieldGoals, fieldRatios, isAhead, renderFieldReport } from "./report.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const RATIO = /x ours|\d+\.\d \(ours/;

const run: FieldRun = {
  wallSeconds: 4,
  cpuSeconds: 3,
  memory: null,
  loadBefore: 0,
  exitCode: 0,
  requests: 50,
  bytes: 2 ** 20,
  maxInFlight: 9,
  connections: 20,
  delivered: { places: 200, texts: 300 },
  isWhole: true,
};
const walked: FieldRun = { ...run, wallSeconds: 80, requests: 1_000, isWhole: null };
const cell = (contender: string, runs: readonly FieldRun[], more: Partial<FieldCell> = {}): FieldCell => ({
  latencyMs: 50,
  ratePerSecond: 10,
  contender,
  isOurs: contender.startsWith("ours"),
  runs,
  watched: runs[0] ?? run,
  ...more,
});
const measured = (cells: readonly FieldCell[]): FieldMeasured => ({
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  books: 12,
  expected: 200,
  isLinked: true,
  absent: [{ name: "peer: threads", why: "python3-requests is not installed" }],
  cells,
});
const unlimited = { ratePerSecond: null };
const good = measured([
  cell("ours, service", [{ ...run, wallSeconds: 3 }, { ...run, wallSeconds: 9 }, run]),
  cell("walk-processes", [walked]),
  cell("ours, service", [run], unlimited),
  cell("peer: processes", [{ ...walked, wallSeconds: 5 }], unlimited),
]);

describe("the report on the field", () => {
  test("compares medians, only inside one setting, and says what was left out and why", () => {
    expect(fieldRatios(good).map(({ other, wall, requests }) => [other, wall, requests])).toEqual([
      ["walk-processes", 20, 20],
      ["peer: processes", 1.25, 20],
    ]);
    expect(fieldGoals(good).map(({ isMet }) => isMet)).toEqual([true, true, true]);
    const text = renderFieldReport(good);
    expect(text).toContain("peer: threads: python3-requests is not installed");
    expect(text).toMatch(/^walk-processes +80\.00 s .* 1,000 .* 100\.0 % +none +1; 20\.0x ours by the service$/m);
  });

  test.each([
    ["sends fewer than 20 times our requests", cell("walk-processes", [{ ...walked, requests: 999 }])],
    ["takes less than 10 times as long", cell("walk-processes", [{ ...walked, wallSeconds: 39 }])],
    ["is faster than ours without a pace", cell("peer: processes", [{ ...walked, wallSeconds: 3 }], unlimited)],
  ])("a goal is missed when somebody %s", (_case, other) => {
    const others = good.cells.filter((each) => each.contender !== other.contender);
    expect(isAhead(measured([...others, other]))).toBe(false);
    expect(isAhead(good)).toBe(true);
  });

  test.each([
    ["did not verify", { isWhole: false }],
    ["failed", { exitCode: 1 }],
  ] as [string, Partial<FieldRun>][])(
    "no ratio for a cell in which ours %s once, and no goal is met",
    (_case, change) => {
      const cells = good.cells.map((each) =>
        each.isOurs ? { ...each, runs: [...each.runs, { ...run, ...change }] } : each,
      );
      expect(fieldRatios(measured(cells))).toEqual([]);
      expect(renderFieldReport(measured(cells))).not.toMatch(RATIO);
      expect(isAhead(measured(cells))).toBe(false);
    },
  );

  test("a walker that broke off is compared with nobody; what was not measured is neither met nor missed", () => {
    const broken = measured([cell("ours, service", [run]), cell("walk-processes", [{ ...walked, exitCode: 4 }])]);
    expect(fieldRatios(broken)).toEqual([]);
    expect(fieldGoals(broken).map(({ isMet }) => isMet)).toEqual([null, null, null]);
  });
});

test("each process of a walker has at least 5 of the requests per second", () => {
  expect([processesAt(null), processesAt(100), processesAt(10), processesAt(1)]).toEqual([10, 10, 2, 1]);
});

describe("a measured cell", () => {
  const measure = (wanted: string) => measureField({ conditions: [{ latencyMs: 0, rates: [null] }], runs: 0, wanted });

  test("ours deliver all that is expected, and are proven", async () => {
    const { cells, expected } = await measure("ours, service");
    expect(expected).toBeGreaterThan(1_000);
    expect(cells.map(({ contender, runs }) => [contender, runs[0]?.isWhole, runs[0]?.delivered.places])).toEqual([
      ["ours, service", true, expected],
    ]);
    expect(cells[0]?.runs[0]?.requests).toBeGreaterThan(12);
  });

  test("each peer is measured, or named with the reason why not", async () => {
    const { cells, expected, absent } = await measure("peer");
    const named = [...cells.map(({ contender }) => contender), ...absent.map(({ name }) => name)];
    expect(named.toSorted()).toEqual(["peer: processes", "peer: threads"]);
    expect(absent.every(({ why }) => why !== "")).toBe(true);
    for (const { runs } of cells) {
      expect(runs.map(({ exitCode, isWhole, delivered }) => [exitCode, isWhole, delivered.places])).toEqual([
        [0, null, expected],
      ]);
    }
  });
});
