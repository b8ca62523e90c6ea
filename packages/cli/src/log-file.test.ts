import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAtLeast, openLogFile, type LogFile, type Rotation } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sofer-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lost = (error: Error): void => {
  throw error;
};

function opened(name: string, rotation?: Rotation): LogFile {
  const file = openLogFile(join(folder, name), "log-file", lost, rotation);
  if (file === null) throw new Error("no file");
  return file;
}

const numbersIn = (name: string): number[] =>
  readFileSync(join(folder, name), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { n: number }).n);

describe("a log file", () => {
  test("is put aside before it becomes larger than it may, and the oldest files go", () => {
    const maxBytes = 200;
    const log = opened("a.log", { maxBytes, files: 3 });
    for (let n = 0; n < 100; n++) log.write({ n });
    log.close();
    const names = ["a.log.2", "a.log.1", "a.log"];
    for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(maxBytes);
    expect(existsSync(join(folder, "a.log.3"))).toBe(false);
    const kept = names.flatMap(numbersIn);
    // The newest ones, without a hole, and as many as the room allows.
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 100 - kept.length + index));
    expect(kept.length).toBeGreaterThan(40);
  });

  test("counts what it held before, and never cuts a line", () => {
    opened("b.log", { maxBytes: 50, files: 2 }).write({ n: 1, filling: "x".repeat(30) });
    const log = opened("b.log", { maxBytes: 50, files: 2 });
    log.write({ n: 2, filling: "y".repeat(100) });
    log.write({ n: 3 });
    log.close();
    expect(numbersIn("b.log.1")).toEqual([2]);
    expect(numbersIn("b.log")).toEqual([3]);
  });

  test("of one file begins anew", () => {
    const log = opened("c.log", { maxBytes: 20, files: 1 });
    for (let n = 0; n < 9; n++) log.write({ n });
    log.close();
    expect(numbersIn("c.log").at(-1)).toBe(8);
    expect(existsSync(join(folder, "c.log.1"))).toBe(false);
  });

  test("holds no name and password of an address", () => {
    const log = opened("d.log");
    log.write({ n: 1, url: "https://user:geheim@host.example/a", message: "GET http://me:geheim@host.example failed" });
    log.close();
    const text = readFileSync(join(folder, "d.log"), "utf8");
    expect(text).not.toContain("geheim");
    expect(text).toContain("https://host.example/a");
  });
});

test("levels are in order", () => {
  expect(["debug", "info", "warn", "error"].map((least) => isAtLeast("info", least))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
