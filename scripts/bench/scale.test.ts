import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { wholeLibrary } from "@sofer/sandbox";
import { measureScale, type MeasuredScale } from "./measure-scale.ts";
import { goalsOf, isHeld, isScaleHeld, isScaleWhole, renderScaleReport } from "./report-scale.ts";
import { peaksOf, phasesOf, tenthsOf, type ScaleSample } from "./scale-watch.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(120_000);

const MEBIBYTE = 2 ** 20;
const RATE = /texts\/s|held|wall/i;

const sample = (seconds: number, texts: number, indexed: number, links: number, bytes: number): ScaleSample => ({
  seconds,
  rows: { texts, indexed, links },
  bytes,
});
/** Ten seconds of planning, twenty of loading at 100 a second and then ten at 50, index, links, end. */
const course = [
  sample(5, 0, 0, 0, 10),
  sample(10, 1, 0, 0, 20),
  sample(30, 2_001, 0, 0, 40),
  sample(40, 2_501, 0, 0, 30),
  sample(45, 2_501, 1_000, 0, 70),
  sample(50, 2_501, 2_501, 0, 60),
  sample(52, 2_501, 2_501, 900, 50),
  sample(53, 2_501, 2_501, 900, 5),
];

describe("what is seen of an ingest from outside", () => {
  test("a phase ends with the last row of its kind", () => {
    const seconds = Object.entries(phasesOf(course)).map(([phase, { from, to }]) => [phase, from, to]);
    expect(seconds).toEqual([
      ["plan", 0, 10],
      ["load", 10, 40],
      ["index", 40, 50],
      ["links", 50, 52],
      ["end", 52, 53],
    ]);
    expect(peaksOf(course)).toEqual({ plan: 20, load: 40, index: 70, links: 60, end: 50 });
    expect(peaksOf(course.map((one) => ({ ...one, bytes: 0 })))).toBeNull();
  });

  test("rates are of tenths of the texts, not of the time", () => {
    const rates = tenthsOf(course).map((rate) => Math.round(rate));
    expect(rates).toEqual([100, 100, 100, 100, 100, 100, 100, 100, 50, 50]);
    expect(tenthsOf(course.slice(0, 2))).toEqual([]);
  });
});

const percentiles = { p50: 5, p90: 20, p95: 49, p99: 60, max: 80 };
const peaks = { plan: MEBIBYTE, load: 767 * MEBIBYTE, index: MEBIBYTE, links: MEBIBYTE, end: MEBIBYTE };
const refresh = { exitCode: 0, seconds: 29, requests: 40, downloads: 0, peakBytes: null };
const good: MeasuredScale = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  loadBefore: 0,
  books: 7_000,
  workers: 10,
  export: { seconds: 200, bytes: 2_000 * MEBIBYTE },
  ingestExitCode: 0,
  wallSeconds: 500,
  cpuSeconds: 900,
  phases: { plan: 10, load: 300, index: 100, links: 80, end: 10 },
  tenths: [1_000, 950, 900, 900, 900, 900, 900, 900, 900, 860],
  peaks,
  memorySamples: 5_000,
  verify: { exitCode: 0, isWhole: true, differences: 0, seconds: 59, peakBytes: null },
  segments: 4_440_000,
  refresh,
  size: {
    tables: { segment_text: 2_000, full_text_data: 500, meta: 1, link: 900 },
    rawBytes: 1_000,
    texts: 4_440_000,
    tenthBytes: Array.from({ length: 10 }, () => 444_000 * 200),
    links: 4_700_000,
    bytesWithoutLinks: 2_490,
  },
  libraryBytes: 3_400,
  search: { wallMs: percentiles, cpuMs: percentiles, p95OfRounds: [49], classes: {}, bounded: 0 },
  sandboxCpuSeconds: 20,
};

describe("the report on a whole library", () => {
  test("says of each goal whether it is held, and by how much", () => {
    expect(isScaleHeld(good)).toBe(true);
    const text = renderScaleReport(good);
    expect(text).toContain("held: 14.00 % off, goal under 15 (7 % to spare)");
    expect(text).toContain("held: 767.00 MB, goal under 768");
    expect(text).toContain("14,800 texts/s; by tenths 1,000, 950,");
    expect(text).toContain("of texts of 200, 200,");
    expect(text).toContain("bytes: 0.2, 0.2,");
    expect(text).not.toContain("NOT HELD");
  });

  test.each([
    ["slower at the end", { tenths: [1_000, 840] }, "16.00 % off"],
    ["faster at the end", { tenths: [1_000, 1_160] }, "16.00 % off"],
    ["more memory", { peaks: { ...peaks, links: 800 * MEBIBYTE } }, "800.00 MB"],
    ["memory that is not known", { peaks: null }, "not known, goal under 768 MB"],
    ["a slow refresh", { refresh: { ...refresh, seconds: 31 } }, "31.00 s, goal under 30 (3 % over)"],
    ["a slow verify", { verify: { ...good.verify, seconds: 60 } }, "60.00 s"],
    ["a search that was not made", { search: null }, "not known, goal under 50 ms"],
    ["a large library", { size: { ...good.size, bytesWithoutLinks: 2_600 } }, "2.60 times"],
  ] as [string, Partial<MeasuredScale>, string][])("%s is a goal that is not held", (_case, change, said) => {
    const measured = { ...good, ...change };
    expect(isScaleHeld(measured)).toBe(false);
    expect(goalsOf(measured).filter((goal) => !isHeld(goal))).toHaveLength(1);
    expect(renderScaleReport(measured)).toContain(`NOT HELD: ${said}`);
  });

  test.each([
    ["verify found something", { verify: { ...good.verify, exitCode: 1, isWhole: false, differences: 3 } }],
    ["ingest failed in part", { ingestExitCode: 1 }],
    ["the library is empty", { segments: 0 }],
    ["the refresh failed", { refresh: { ...refresh, exitCode: 1 } }],
    ["the refresh brought something again", { refresh: { ...refresh, downloads: 1 } }],
  ] as [string, Partial<MeasuredScale>][])("has no figure of speed when %s", (_case, change) => {
    const measured = { ...good, ...change };
    expect(isScaleHeld(measured)).toBe(false);
    expect(renderScaleReport(measured)).not.toMatch(RATE);
  });
});

describe("a measured library of forty books", () => {
  const options = { books: 40, workers: 2, keep: null, searchRounds: 0 };
  let measured: MeasuredScale;
  beforeAll(async () => {
    measured = await measureScale(options);
  });

  test("is whole, with all texts and links that were generated, and not asked for twice", () => {
    const library = wholeLibrary({ seed: "scale", books: 40 });
    const texts = library.books.flatMap((book) => book.load().versions.flatMap((version) => strings(version.text)));
    expect(isScaleWhole(measured)).toBe(true);
    expect([measured.segments, measured.size.texts]).toEqual([texts.length, texts.length]);
    expect(measured.size.rawBytes).toBe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    // Some lines of the files are the same link.
    const lines = [...library.linkLines()].length;
    expect(measured.size.links).toBeWithin(Math.floor(lines * 0.95), lines + 1);
    expect(measured.refresh?.requests).toBeGreaterThan(0);
  });

  test("every figure is there", () => {
    const { phases, tenths, size, libraryBytes } = measured;
    expect(Object.values(phases).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(measured.wallSeconds, 0);
    expect([phases.load, phases.links].every((seconds) => seconds > 0)).toBe(true);
    expect(tenths.every((rate) => rate > 0)).toBe(true);
    expect(size.tenthBytes.every((bytes) => bytes > 0)).toBe(true);
    expect(size.tenthBytes.reduce((sum, bytes) => sum + bytes, 0)).toBe(size.rawBytes);
    const ofTables = Object.values(size.tables).reduce((sum, bytes) => sum + bytes, 0);
    expect(ofTables).toBeLessThanOrEqual(libraryBytes);
    expect(ofTables - size.bytesWithoutLinks).toBe(
      ["link", "link_side", "link_source"].reduce((sum, table) => sum + (size.tables[table] ?? 0), 0),
    );
    expect(renderScaleReport(measured)).toMatch(/library without links over raw text +(NOT HELD|held): \d/);
  });

  test("tampered with before verify: no figure of speed", async () => {
    const spoilt = await measureScale({
      ...options,
      books: 2,
      beforeVerify(library) {
        const database = new Database(library);
        expect(database.query("UPDATE segment_text SET text = text || '.' WHERE id = 1").run().changes).toBe(1);
        database.close();
      },
    });
    expect(spoilt.verify.isWhole).toBe(false);
    expect(spoilt.verify.differences).toBeGreaterThan(0);
    expect(spoilt.refresh).toBeNull();
    expect(renderScaleReport(spoilt)).not.toMatch(RATE);
  });
});

function strings(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(strings);
  return typeof value === "string" && value.trim() !== "" ? [value] : [];
}
