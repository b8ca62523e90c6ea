import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SoferError, systemClock, type OutlineUnit } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import type { WorkerSettings } from "./protocol.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const SETTINGS: WorkerSettings = {
  baseUrl: "http://127.0.0.1",
  bucketUrl: "http://127.0.0.1",
  userAgent: "test",
  maxConcurrentRequests: 1,
  maxUnits: 1,
  inHandBytes: 1,
  strategy: "few",
  maxRetries: 0,
  initialBackoffMs: 0,
  timeoutMs: 1_000,
  maxResponseBytes: 1,
  maxMemoryBytes: 1,
  reportsRequests: false,
};

function poolOf(command: readonly string[], other: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const ignore = () => undefined;
  return new WorkerPool({
    command,
    maxWorkers: 2,
    othersAfterMs: 0,
    settings: SETTINGS,
    clock: systemClock,
    onEvent: ignore,
    onUnitMessage: ignore,
    onPermit: ignore,
    onRefused: ignore,
    onEnded: ignore,
    onSent: ignore,
    onAbandoned: ignore,
    onSpent: ignore,
    onPoisoned: ignore,
    ...other,
  });
}

const outline = (title: string): OutlineUnit => ({ kind: "outline", id: `outline:${title}`, bookTitle: title });

test.each([
  ["a program that is not there", ["/no/such/program"], "no worker can be started"],
  ["a program that ends at once", [process.execPath, "-e", "process.exit(7)"], "workers do not start (exit code 7)"],
])("%s as a worker ends the work with the reason", async (_name, command, said) => {
  const pool = poolOf(command);
  pool.add([outline("Genesis")]);
  const error = await pool.drained().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SoferError);
  expect(String(error)).toContain(said);
  await pool.end();
});

describe("work that one worker can hold", () => {
  /** Never says that it is ready. */
  const SILENT = [process.execPath, "-e", "process.on('message', () => undefined)"];
  const patient = (clock: FakeClock) =>
    poolOf(SILENT, { clock, othersAfterMs: 1_000, settings: { ...SETTINGS, maxUnits: 2 } });

  test("is one worker's until it has lasted", async () => {
    const clock = new FakeClock();
    const pool = patient(clock);
    pool.add([outline("Genesis")]);
    expect(pool.pids).toHaveLength(1);
    await clock.advance(5_000);
    // Until then there was nothing for another to do.
    pool.add([outline("Exodus")]);
    await clock.advance(999);
    expect(pool.pids).toHaveLength(1);
    await clock.advance(1);
    expect(pool.pids).toHaveLength(2);
    pool.kill();
    await pool.end();
  });

  test("is not waited with when it is more than one can hold, or when somebody says how many", async () => {
    const clock = new FakeClock();
    // One unit is what a worker of this pool holds.
    const more = poolOf(SILENT, { clock, othersAfterMs: 1_000 });
    more.add([outline("Genesis"), outline("Exodus")]);
    expect(more.pids).toHaveLength(2);
    const steered = patient(clock);
    steered.add([outline("Genesis"), outline("Exodus")]);
    expect(steered.pids).toHaveLength(1);
    steered.setMaxWorkers(2);
    expect(steered.pids).toHaveLength(2);
    for (const pool of [more, steered]) pool.kill();
    await Promise.all([more.end(), steered.end()]);
    expect(clock.sleeping).toBe(0);
  });
});
