import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const WORKER = join(import.meta.dir, "worker-main.ts");

/** Sends the process the signals while it loads the worker's loop: the middle of its start, on any machine. */
const PRELOAD = `
import { plugin } from "bun";
plugin({
  name: "a key press while loading",
  setup(build) {
    build.onLoad({ filter: /engine\\/src\\/worker\\.ts$/ }, async ({ path }) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.kill(process.pid, signal);
      process.stderr.write("signalled\\n");
      return { contents: await Bun.file(path).text(), loader: "ts" };
    });
  },
});
`;

test("signals to the whole group while a worker starts do not end it: it takes its messages and ends when told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sofer-worker-"));
  const preload = join(folder, "preload.ts");
  writeFileSync(preload, PRELOAD);
  const said: unknown[] = [];
  const worker = Bun.spawn([process.execPath, "--preload", preload, WORKER], {
    ipc: (message) => said.push(message),
    serialization: "advanced",
    stderr: "pipe",
  });
  const { pid } = worker;
  // Sent at once, long before anybody listens.
  worker.send({ type: "start", settings: { maxUnits: 1 } });
  worker.send({ type: "stop" });
  const stderr = await new Response(worker.stderr).text();
  expect([await worker.exited, worker.signalCode]).toEqual([0, null]);
  expect(stderr).toBe("signalled\n");
  expect(said).toEqual([{ type: "ready", pid }, { type: "done" }]);
  rmSync(folder, { recursive: true });
});
