import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary } from "@sofer/sandbox";
import type { BareRun } from "./bare.ts";
import type { IngestRun } from "./ingest-run.ts";
import { measureBucket, type BucketMeasured } from "./measure-bucket.ts";
import { isBucketProven, median, ratiosOf, renderBucketReport } from "./report-bucket.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const RATE = /objects\/s|segments\/s|MB\/s|per CPU second|ours\/bare/;
const MEBIBYTE = 2 ** 20;

const timed = { wallSeconds: 30, cpuSeconds: 40, memory: null, loadBefore: 0.5 };
const ours: IngestRun = {
  ...timed,
  ingestExitCode: 0,
  verify: { exitCode: 0, isWhole: true, differences: 0 },
  rawBytes: 61 * MEBIBYTE,
  libraryBytes: 200 * MEBIBYTE,
  segments: 300_000,
  requests: 1_210,
  requestsByKind: {
    contents: 0,
    index: 0,
    shape: 0,
    texts: 0,
    versions: 0,
    related: 0,
    listing: 10,
    objects: 1_200,
    other: 0,
  },
  receiptRequests: 1_210,
  maxInFlight: 20,
  connections: 30,
  stalls: [{ ms: 40, ranMs: 12, atMs: 500 }],
};
const bare = (connections: number, wallSeconds: number): BareRun => ({
  ...timed,
  wallSeconds,
  connections,
  objects: 1_200,
  parsed: 1_200,
  requests: 1_200,
  rawBytes: 60 * MEBIBYTE,
});
const good: BucketMeasured = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  input: "real corpus",
  books: 253,
  workers: 10,
  latencyMs: 30,
  objects: { count: 1_200, storedBytes: 60 * MEBIBYTE, decodedBytes: 120 * MEBIBYTE },
  rounds: [
    { ours, bare: [bare(50, 3), bare(500, 2)] },
    { ours: { ...ours, wallSeconds: 60 }, bare: [bare(50, 3), bare(500, 2)] },
    { ours: { ...ours, wallSeconds: 40 }, bare: [bare(50, 2), bare(500, 4)] },
  ],
  sandboxCpuSeconds: 10,
  sandboxPeakBytes: 2 ** 28,
};

describe("the report on the bucket route", () => {
  test("says every figure, and the medians of rates and ratios", () => {
    const text = renderBucketReport(good);
    expect(text).toContain("253 books by the bucket, 10 workers, no pace, each answer after 30 ms");
    expect(text).toContain("1,200: 60.0 MB stored, 120.0 MB decoded");
    expect(text).toContain("1,210: 10 listing pages, 1,200 objects; at most 20 in flight, 30 connections");
    expect(text).toContain("40 objects/s, 2.00 MB/s stored, 4.00 MB/s decoded, 10,000 segments/s");
    expect(text).toContain("median of 3: 30 objects/s, 1.50 MB/s stored, 3.00 MB/s decoded, 7,500 segments/s");
    expect(text).toContain("ours/bare x50, median of 3: wall 20.0 (10.0, 20.0, 20.0), CPU 1.0 (1.0, 1.0, 1.0)");
    expect(text).toContain("ours/bare x500, median of 3: wall 15.0 (15.0, 30.0, 10.0)");
  });

  test.each([
    ["verify found something", { verify: { exitCode: 1, isWhole: false, differences: 3 } }],
    ["ingest failed in part", { ingestExitCode: 1 }],
    ["the library is empty", { segments: 0 }],
  ] as [string, Partial<IngestRun>][])("has no rate and no ratio when in the last round %s", (_case, change) => {
    const measured = { ...good, rounds: good.rounds.with(2, { ours: { ...ours, ...change }, bare: [bare(50, 3)] }) };
    expect(isBucketProven(measured)).toBe(false);
    expect(renderBucketReport(measured)).not.toMatch(RATE);
    expect(renderBucketReport(measured)).toContain("FAILED");
  });

  test("takes the middle value, or the mean of two", () => {
    expect([median([9, 1, 5]), median([4, 1, 2, 100]), median([7])]).toEqual([5, 3, 7]);
  });
});

describe("a measured round of two generated books", () => {
  const options = { corpus: null, workers: 2, books: 2, latencyMs: 1, rounds: 1 };

  describe("whole", () => {
    let measured: BucketMeasured;
    beforeAll(async () => {
      measured = await measureBucket(options);
    });

    test("what was downloaded is what the export has of them", () => {
      const books = demoLibrary().books.filter((book) => !book.isVirtual);
      const versions = books.slice(0, 2).flatMap((book) => book.load().versions);
      const exported = versions.filter(({ meta }) => !meta.license?.startsWith("Copyright"));
      // And a schema of each, and the contents.
      expect(measured.objects.count).toBe(exported.length + 2 + 1);
      expect(measured.objects.decodedBytes).toBeGreaterThan(measured.objects.storedBytes);
    });

    test("the sandbox counts the same objects for the tool, for its receipt and for the bare loops", () => {
      const [round] = measured.rounds;
      const { listing, objects } = round?.ours.requestsByKind ?? { listing: 0, objects: 0 };
      expect(objects).toBe(measured.objects.count);
      expect(listing).toBeGreaterThan(0);
      expect(round?.ours.requests).toBe(listing + objects);
      expect(round?.ours.receiptRequests).toBe(listing + objects);
      const loops = round?.bare.map((run) => [run.connections, run.objects, run.parsed, run.requests, run.rawBytes]);
      const { count, storedBytes } = measured.objects;
      expect(loops).toEqual([50, 100].map((connections) => [connections, count, count, count, storedBytes]));
    });

    test("every figure is there", () => {
      expect(isBucketProven(measured)).toBe(true);
      const [round] = measured.rounds;
      expect(round?.ours.verify).toEqual({ exitCode: 0, isWhole: true, differences: 0 });
      expect(round?.ours.cpuSeconds).toBeGreaterThan(0);
      expect(round?.ours.stalls.length).toBeGreaterThan(0);
      expect(round?.bare.every((run) => run.wallSeconds > 0 && run.cpuSeconds > 0)).toBe(true);
      expect([50, 100].map((connections) => ratiosOf(measured, connections, "wallSeconds").length)).toEqual([1, 1]);
      expect(renderBucketReport(measured)).toMatch(/ours\/bare x100, median of 1: wall \d+\.\d .+, CPU \d/);
    });
  });

  test("tampered with before verify: no rate, no ratio, no bare loop", async () => {
    const measured = await measureBucket({
      ...options,
      workers: 1,
      books: 1,
      rounds: 2,
      beforeVerify(library) {
        const database = new Database(library);
        expect(database.query("UPDATE segment_text SET text = text || '.' WHERE id = 1").run().changes).toBe(1);
        database.close();
      },
    });
    expect(measured.rounds.map(({ ours: run, bare: loops }) => [run.verify.isWhole, loops.length])).toEqual([
      [false, 0],
    ]);
    expect(measured.rounds[0]?.ours.verify.differences).toBeGreaterThan(0);
    expect(renderBucketReport(measured)).not.toMatch(RATE);
  });
});
