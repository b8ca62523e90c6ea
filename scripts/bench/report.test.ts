import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { isProven } from "./ingest-run.ts";
import { measureIngest, type Measured } from "./measure.ts";
import { pssBytes, treeOf } from "./memory.ts";
import { renderReport } from "./report.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const RATE = /\d segments\/s|MB\/s|per CPU second/;

const good: Measured = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  input: "real corpus",
  books: 253,
  workers: 10,
  latencyMs: 0,
  ingestExitCode: 0,
  verify: { exitCode: 0, isWhole: true, differences: 0 },
  rawBytes: 100 * 2 ** 20,
  libraryBytes: 200 * 2 ** 20,
  segments: 300_000,
  requests: 1_000,
  requestsByKind: {
    contents: 1,
    index: 253,
    shape: 0,
    texts: 746,
    versions: 0,
    related: 0,
    listing: 0,
    objects: 0,
    other: 0,
  },
  receiptRequests: 1_000,
  maxInFlight: 20,
  connections: 30,
  wallSeconds: 100,
  cpuSeconds: 150,
  sandboxCpuSeconds: 10,
  memory: { bytes: 2 ** 30, processes: 11, samples: 900, lastHalf: { meanBytes: 2 ** 30, bytesPerSecond: 0 } },
  sandboxPeakBytes: 2 ** 28,
  stalls: [{ ms: 40, ranMs: 12, atMs: 500 }],
  loadBefore: 0.1,
};

describe("the report", () => {
  test("says every figure of a proven run", () => {
    const text = renderReport(good);
    expect(text).toMatch(RATE);
    expect(text).toContain("3,000 segments/s, 1.00 MB/s; per CPU second 2,000 segments");
    expect(text).toContain("longest: 40 ms (12 its own) at 0.5 s; longest of its own running: 12 ms at 0.5 s");
    expect(text).toContain("peak 1024.0 MB PSS in 11 processes");
  });

  test.each([
    ["verify found something", { verify: { exitCode: 1, isWhole: false, differences: 3 } }],
    ["verify could not run", { verify: { exitCode: 4, isWhole: false, differences: 0 } }],
    ["verify ended badly after a good report", { verify: { exitCode: 1, isWhole: true, differences: 0 } }],
    ["ingest failed in part", { ingestExitCode: 1 }],
    ["the library is empty", { segments: 0 }],
  ] as [string, Partial<Measured>][])("has no rate when %s", (_case, change) => {
    const measured = { ...good, ...change };
    expect(isProven(measured)).toBe(false);
    expect(renderReport(measured)).not.toMatch(RATE);
    expect(renderReport(measured)).toContain("FAILED");
  });

  test("does not invent what the system does not tell", () => {
    const text = renderReport({ ...good, memory: null, stalls: [] });
    expect(text).toMatch(/^memory +memory not known/m);
    expect(text).toMatch(/^stalls +not known/m);
  });
});

describe("a measured run of two generated books", () => {
  const options = { corpus: null, workers: 2, books: 2, latencyMs: 0, keep: null };

  test("whole: every figure is there", async () => {
    const measured = await measureIngest(options);
    expect(measured.verify).toEqual({ exitCode: 0, isWhole: true, differences: 0 });
    expect(renderReport(measured)).toMatch(RATE);
    expect(measured.segments).toBeGreaterThan(10);
    expect(measured.requests).toBeGreaterThan(measured.books);
    expect(measured.receiptRequests).toBe(measured.requests);
    expect(measured.rawBytes).toBeGreaterThan(1_000);
    expect(measured.cpuSeconds).toBeGreaterThan(0);
    expect(measured.stalls.length).toBeGreaterThan(0);
  }, 60_000);

  test("tampered with before verify: no rate", async () => {
    const measured = await measureIngest({
      ...options,
      workers: 1,
      books: 1,
      beforeVerify(library) {
        const database = new Database(library);
        expect(database.query("UPDATE segment_text SET text = text || '.' WHERE id = 1").run().changes).toBe(1);
        database.close();
      },
    });
    expect(measured.verify.exitCode).toBe(1);
    expect(measured.verify.differences).toBeGreaterThan(0);
    expect(renderReport(measured)).not.toMatch(RATE);
  }, 60_000);
});

describe.skipIf(process.platform !== "linux")("memory of a process tree (needs /proc)", () => {
  test("finds the children of children, and what they hold", async () => {
    const script = `Bun.spawn(["sleep", "60"], { stdout: "ignore" }).unref(); console.log("up"); await Bun.sleep(60_000);`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    const pids = treeOf(child.pid);
    expect(pids.length).toBe(2);
    expect(pids.every((pid) => pssBytes(pid) > 0)).toBe(true);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await child.exited;
    expect(treeOf(child.pid)).toEqual([child.pid]);
    expect(pssBytes(child.pid)).toBe(0);
  }, 30_000);
});
