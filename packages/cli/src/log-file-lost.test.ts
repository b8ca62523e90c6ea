import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import { openLogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sofer-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unlost(error: SoferError): never {
  throw error;
}

test("a line that an earlier run could not finish stays by itself", () => {
  const path = join(folder, "torn.jsonl");
  writeFileSync(path, '{"at":1}\n{"at":2,"ty');
  const log = openLogFile(path, "log-file", unlost);
  log?.write({ at: 3 });
  log?.write({ at: 4 });
  log?.close();
  expect(readFileSync(path, "utf8")).toBe('{"at":1}\n{"at":2,"ty\n{"at":3}\n{"at":4}\n');
});

test("a whole file goes on, a new one begins without an empty line, and none is none", () => {
  const path = join(folder, "new.jsonl");
  for (const at of [1, 2]) {
    const log = openLogFile(path, "log-file", unlost);
    log?.write({ at });
    log?.close();
    log?.write({ at: "after its end" });
  }
  expect(readFileSync(path, "utf8")).toBe('{"at":1}\n{"at":2}\n');
  expect(openLogFile(null, "log-file", unlost)).toBeNull();
  expect(() => openLogFile(join(path, "below-a-file"), "log-file", unlost)).toThrow("cannot be written");
});

// A device that is always full, as Linux has one.
test.skipIf(process.platform !== "linux")("one that cannot be written any more says so once, with the way out", () => {
  const lost: SoferError[] = [];
  const log = openLogFile("/dev/full", "log-file", (error) => lost.push(error));
  for (let line = 0; line < 3; line++) log?.write({ line });
  expect(lost.map(({ code, exitCode }) => [code, exitCode])).toEqual([["disk", 4]]);
  expect(lost[0]?.message).toContain("--log-file /dev/full cannot be written any more");
  expect(lost[0]?.hint).toContain("free some room");
});
