import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SoferError } from "@sofer/core";
import {
  backupLibrary,
  FORMAT,
  lockLibrary,
  migrateLibrary,
  openLibrary,
  openLibraryWriter,
  PaceBook,
} from "@sofer/store";
import { canMount, onSmallDisk, smallDisk, type SmallDisk } from "./small-disk.ts";

setDefaultTimeout(60_000);

const KIB = 1024;
/** Up to more than a new library takes: each step of its making finds the disk full at one of these. */
const ROOMS = Array.from({ length: 40 }, (_, at) => at * 12 * KIB);

/** What became of it: nothing that could be wrong, or the error that says the disk is full. */
function tried(work: () => void): "done" | "full" {
  try {
    work();
    return "done";
  } catch (thrown) {
    if (!(thrown instanceof SoferError)) throw thrown;
    expect([thrown.code, thrown.exitCode]).toEqual(["disk", 4]);
    expect(thrown.message).toContain("no room left");
    expect(thrown.hint).not.toBe("");
    return "full";
  }
}

/** At each amount of room, on a disk of its own; says how often it was too little. */
function atEachRoom(rooms: readonly number[], use: (disk: SmallDisk) => "done" | "full"): Record<string, number> {
  const seen = { done: 0, full: 0 };
  for (const room of rooms) {
    using disk = smallDisk(1024 * KIB);
    disk.leave(room);
    seen[use(disk)]++;
  }
  return seen;
}

describe.skipIf(!canMount)(onSmallDisk("a disk that is full"), () => {
  test("while a library is made: said as such at every step, and made once there is room", () => {
    const seen = atEachRoom(ROOMS, (disk) => {
      const path = disk.file("library.sqlite");
      const end = tried(() => lockLibrary(path).release()) === "full" ? "full" : tried(() => migrateLibrary(path));
      disk.empty();
      lockLibrary(path).release();
      expect(migrateLibrary(path).to).toBe(FORMAT);
      const library = openLibrary(path);
      expect(library.meta("format")).toBe(String(FORMAT));
      library.close();
      return end;
    });
    expect(seen["full"]).toBeGreaterThan(10);
    expect(seen["done"]).toBeGreaterThan(3);
  });

  test("while rows are written: what was committed is there, the rest is not, and writing goes on", () => {
    using disk = smallDisk(4 * 1024 * KIB);
    const path = disk.file("library.sqlite");
    migrateLibrary(path);
    let runs = 0;
    for (let round = 0; round < 8; round++) {
      disk.leave(100 * KIB * (round + 1));
      const end = tried(() => {
        const writer = openLibraryWriter(path);
        try {
          for (let run = 0; run < 1_000; run++) {
            writer.startRun("x".repeat(3_000), 0);
            runs++;
          }
        } finally {
          writer.close();
        }
      });
      expect(end).toBe("full");
      disk.empty();
      using database = new Database(path, { readwrite: true });
      expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
      expect(database.query("SELECT count(*) FROM run").values()).toEqual([[runs]]);
      database.run("DELETE FROM run");
      database.run("VACUUM");
      database.run("PRAGMA wal_checkpoint(TRUNCATE)");
      runs = 0;
    }
  });

  test("while the pace is kept: never taken for granted, and goes on where it was", () => {
    using disk = smallDisk(256 * KIB);
    const limits = { ratePerSecond: 1, capacity: 1 };
    disk.leave(0);
    expect(tried(() => new PaceBook(disk.file("pace.sqlite")).close())).toBe("full");
    disk.empty();
    const book = new PaceBook(disk.file("pace.sqlite"));
    expect(book.take("host", limits, 1, 0).granted).toBe(1);
    disk.leave(0);
    expect(tried(() => book.take("host", limits, 1, 500))).toBe("full");
    expect(tried(() => book.pause("host", 60_000, 500))).toBe("full");
    disk.empty();
    expect(book.take("host", limits, 1, 600)).toEqual({ granted: 0, waitMs: 400 });
    book.close();
  });

  test("while a copy is made: no half copy stays, and the earlier one does", () => {
    using disk = smallDisk(4 * 1024 * KIB);
    const path = disk.file("library.sqlite");
    migrateLibrary(path);
    backupLibrary(path, disk.file("copy.sqlite"), false);
    const writer = openLibraryWriter(path);
    for (let run = 0; run < 100; run++) writer.startRun("x".repeat(3_000), 0);
    writer.close();
    disk.leave(200 * KIB);
    expect(tried(() => backupLibrary(path, disk.file("copy.sqlite"), true))).toBe("full");
    expect(existsSync(disk.file("copy.sqlite.unfinished"))).toBe(false);
    const copy = openLibrary(disk.file("copy.sqlite"));
    expect(copy.runs(1)).toEqual([]);
    copy.close();
  });
});
