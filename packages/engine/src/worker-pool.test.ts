import { expect, setDefaultTimeout, test } from "bun:test";
import { SoferError, systemClock } from "@sofer/core";
import { WorkerPool } from "./worker-pool.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

function poolOf(command: readonly string[]): WorkerPool {
  const ignore = () => undefined;
  return new WorkerPool({
    command,
    maxWorkers: 2,
    settings: {
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
    },
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
  });
}

test.each([
  ["a program that is not there", ["/no/such/program"], "no worker can be started"],
  ["a program that ends at once", [process.execPath, "-e", "process.exit(7)"], "workers do not start (exit code 7)"],
])("%s as a worker ends the work with the reason", async (_name, command, said) => {
  const pool = poolOf(command);
  pool.add([{ kind: "outline", id: "outline:Genesis", bookTitle: "Genesis" }]);
  const error = await pool.drained().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SoferError);
  expect(String(error)).toContain(said);
  await pool.end();
});
