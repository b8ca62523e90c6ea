import { expect, test } from "bun:test";
import fc from "fast-check";
import { fitOpenFiles, openFilesLimit } from "./open-files.ts";

test("what the limit allows is left as it is", () => {
  const effort = { maxWorkers: 10, maxConcurrentRequests: 50 };
  expect(fitOpenFiles(effort, null, false)).toBe(effort);
  expect(fitOpenFiles(effort, 20_000, false)).toBe(effort);
  expect(fitOpenFiles(effort, 20_000, true)).toBe(effort);
  expect(fitOpenFiles(effort, 66, false)).toBe(effort);
});

test("beyond it, both are cut to fit, and never to nothing", () => {
  const effort = { maxWorkers: 10, maxConcurrentRequests: 50 };
  expect(fitOpenFiles(effort, 64, false)).toEqual({ maxWorkers: 10, maxConcurrentRequests: 48 });
  expect(fitOpenFiles(effort, 40, false)).toEqual({ maxWorkers: 4, maxConcurrentRequests: 24 });
  expect(fitOpenFiles(effort, 3, false)).toEqual({ maxWorkers: 1, maxConcurrentRequests: 1 });
});

test("no process goes beyond it, whatever is wanted", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 48, max: 5_000 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 64 }),
      fc.boolean(),
      (limit, maxWorkers, maxConcurrentRequests, servesItself) => {
        const fit = fitOpenFiles({ maxWorkers, maxConcurrentRequests }, limit, servesItself);
        // As measured: 20 files and two for each worker; 9 in a worker.
        const served = servesItself ? fit.maxWorkers * fit.maxConcurrentRequests : 0;
        expect(20 + 2 * fit.maxWorkers + served).toBeLessThan(limit);
        expect(9 + fit.maxConcurrentRequests).toBeLessThan(limit);
        expect(fit.maxWorkers).toBeLessThanOrEqual(maxWorkers);
        expect(fit.maxConcurrentRequests).toBeLessThanOrEqual(maxConcurrentRequests);
      },
    ),
  );
});

test.skipIf(process.platform === "win32")("the limit is the one that the shell says", () => {
  const said = Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString().trim();
  expect(openFilesLimit()).toBe(said === "unlimited" ? null : Number(said));
});
