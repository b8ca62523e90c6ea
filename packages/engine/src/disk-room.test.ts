import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import { defaultSettings, SoferError } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { checkRoom, DiskGuard, freeBytesFor, libraryBytes } from "./disk-room.ts";

const folder = mkdtempSync(join(tmpdir(), "sofer-room-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** More than any disk has. */
const TOO_MUCH = 1e17;

test("room is that of the nearest folder that is there", () => {
  const here = freeBytesFor(join(folder, "library.sqlite")) ?? 0;
  const there = freeBytesFor(join(folder, "not", "made", "yet", "library.sqlite")) ?? 0;
  expect(here).toBeGreaterThan(0);
  // The same disk; others write to it meanwhile.
  expect(Math.abs(there - here)).toBeLessThan(here / 10);
});

test.skipIf(process.platform !== "linux")("a file system that has no size is not taken for a full one", () => {
  expect(freeBytesFor("/proc/library.sqlite")).toBeNull();
  expect(() => checkRoom(defaultSettings(), "/proc/library.sqlite", TOO_MUCH)).not.toThrow();
});

test("a plan that clearly does not fit is refused, unless told otherwise; one without texts never", () => {
  const settings = defaultSettings();
  const path = join(folder, "library.sqlite");
  const refusal = () => checkRoom(settings, path, TOO_MUCH);
  expect(refusal).toThrow(SoferError);
  expect(refusal).toThrow(`the library needs about ${Math.round(libraryBytes(TOO_MUCH) / 1e9)} GB more`);
  expect(() => checkRoom({ ...settings, ignoreDiskSpace: true }, path, TOO_MUCH)).not.toThrow();
  expect(() => checkRoom(settings, path, 0)).not.toThrow();
});

test("a library that is moved, removed or replaced is noticed, at most a quarter of a second later", async () => {
  const clock = new FakeClock();
  const path = join(folder, "moved.sqlite");
  writeFileSync(path, "library");
  const guard = new DiskGuard(path, true, clock);
  await clock.advance(250);
  expect(guard.look()).toBeNull();
  renameSync(path, `${path}.away`);
  expect(guard.look()).toBeNull();
  await clock.advance(249);
  expect(guard.look()).toBeNull();
  await clock.advance(1);
  expect(guard.look()).toMatchObject({ code: "library", exitCode: 4 });
  writeFileSync(path, "another one");
  expect(guard.lookNow()).toMatchObject({ code: "library" });
  renameSync(`${path}.away`, path);
  expect(guard.lookNow()).toBeNull();
});
