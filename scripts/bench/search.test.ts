import { expect, test } from "bun:test";
import { isQuick, percentiles, renderSearchReport, type MeasuredSearch } from "./measure-search.ts";

const one = percentiles([10]);
const measured: MeasuredSearch = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  loadBefore: 0,
  books: 253,
  texts: 300_000,
  rounds: 1,
  wallMs: { ...one, p95: 49.9 },
  cpuMs: one,
  p95OfRounds: [49.9],
  classes: { "one word": { wallMs: one, cpuMs: one } },
  bounded: 0,
  queries: [],
};

test("a percentile is the smallest value that so many are not above", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(hundred)).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
  // Of 3: half are 1.5, so the second; 95 % are 2.85, so the third.
  expect(percentiles([3, 1, 2])).toEqual({ p50: 2, p90: 3, p95: 3, p99: 3, max: 3 });
});

test("the target is judged by wall time of all queries", () => {
  expect(isQuick(measured)).toBe(true);
  expect(renderSearchReport(measured)).toEndWith("yes");
  const slow = { ...measured, wallMs: { ...one, p95: 50 } };
  expect(isQuick(slow)).toBe(false);
  expect(renderSearchReport(slow)).toEndWith("NO");
});
