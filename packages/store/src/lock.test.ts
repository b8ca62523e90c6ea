import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError } from "@sofer/core";
import { lockLibrary } from "./lock.ts";
import { temporaryFolder } from "./testing/small-library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

function errorOf(work: () => unknown): SoferError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof SoferError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test("a second lock is refused, and says who holds the first", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "new", "library.sqlite");
  const lock = lockLibrary(path);
  const error = errorOf(() => lockLibrary(path));
  expect(error.code).toBe("locked");
  expect(error.exitCode).toBe(4);
  expect(error.message).toContain(`process ${process.pid}`);
  expect(error.message.split("\n")).toHaveLength(1);
  lock.release();
  lock.release();
  lockLibrary(path).release();
});

test("kill -9 of the holder frees the lock", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "library.sqlite");
  const script = join(folder.path, "hold.ts");
  writeFileSync(
    script,
    `import { lockLibrary } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))};
lockLibrary(${JSON.stringify(path)});
console.log("held");
setInterval(() => undefined, 1000);`,
  );
  const holder = Bun.spawn([process.execPath, script, "ingest"], { stdout: "pipe", stderr: "inherit" });
  try {
    const first = await holder.stdout.getReader().read();
    expect(new TextDecoder().decode(first.value)).toContain("held");
    expect(errorOf(() => lockLibrary(path)).message).toContain(`process ${holder.pid} (ingest, since`);
  } finally {
    holder.kill("SIGKILL");
    await holder.exited;
  }
  lockLibrary(path).release();
});

test("a folder that cannot be made is one clear line", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "x");
  const error = errorOf(() => lockLibrary(join(file, "library.sqlite")));
  expect(error.code).toBe("library");
  expect(error.hint).not.toBe("");
});
