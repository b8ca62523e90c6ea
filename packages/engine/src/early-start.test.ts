import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EarlyStart } from "./early-start.ts";
import type { FromWorker } from "./protocol.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

/** A process that says so much and leaves with 3. */
const TALKER = [
  process.execPath,
  "-e",
  `for (const pid of [1, 2]) process.send({ type: "ready", pid });
   process.disconnect();
   process.exitCode = 3;`,
];

test("what a worker said before somebody listened, and its end, are told in their order", async () => {
  const early = new EarlyStart(TALKER);
  const worker = early.takeWorker();
  await worker?.process.exited;
  const heard: unknown[] = [];
  await new Promise<void>((resolve) => {
    worker?.listen({
      onMessage: (message: FromWorker) => heard.push(message),
      onExit(code) {
        heard.push(code);
        resolve();
      },
    });
  });
  expect(heard).toEqual([{ type: "ready", pid: 1 }, { type: "ready", pid: 2 }, 3]);
  early.end();
});

test("each is taken once; what nobody took is ended", async () => {
  const waiter = [process.execPath, "-e", "setInterval(() => undefined, 1000)"];
  const early = new EarlyStart(waiter);
  const [thread, worker] = [early.takeThread(), early.takeWorker()];
  expect([thread, worker, early.takeThread(), early.takeWorker()]).toEqual([
    expect.anything(),
    expect.anything(),
    null,
    null,
  ]);
  early.end();
  expect(worker?.process.exitCode).toBeNull();
  worker?.process.kill("SIGKILL");
  thread?.terminate();

  const folder = mkdtempSync(join(tmpdir(), "sofer-early-"));
  const file = join(folder, "pid");
  const says = `require("node:fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => undefined, 1000)`;
  const unwanted = new EarlyStart([process.execPath, "-e", says]);
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await Bun.sleep(5);
  const pid = Number(readFileSync(file, "utf8"));
  expect(isAlive(pid)).toBe(true);
  unwanted.end();
  while (isAlive(pid)) await Bun.sleep(5);
  rmSync(folder, { recursive: true });
});

test("a worker that cannot be started is none, and no error yet", () => {
  const early = new EarlyStart(["/nowhere/at/all"]);
  expect(early.takeWorker()).toBeNull();
  early.end();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
