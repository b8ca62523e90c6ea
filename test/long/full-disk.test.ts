import { Database } from "bun:sqlite";
import { closeSync, copyFileSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { dangling, dumpHash, MAIN, runCli, tempDir } from "../support.ts";
import { canMount, onSmallDisk, smallDisk } from "../small-disk.ts";
import { alteredLines, committedRows, EVERYTHING, note } from "./support.ts";

const MIB = 1024 * 1024;
/** Room for the write-ahead log beside a whole library. */
const LOG = 16 * MIB;
/** What the tool leaves free where it is not told otherwise. */
const RESERVE = 64 * MIB;
const folder = tempDir();
let sandbox: Sandbox;
let wanted: { readonly hash: string; readonly bytes: number };

interface Parts {
  readonly source?: "service" | "bucket";
  readonly url?: string;
  readonly pace?: string;
  readonly rate?: string;
  readonly more?: readonly string[];
}

function words(library: string, { source = "service", url, pace, rate = "0", more = [] }: Parts = {}): string[] {
  const from = url ?? sandbox.url;
  const where = ["--base-url", from, "--bucket-url", from, "--source", source, "--rate", rate];
  const own = ["--library", library, "--pace-file", pace ?? folder.file("pace.sqlite"), "--quiet"];
  const size = ["--versions", "all", "--max-workers", "2", "--max-concurrent-requests", "4"];
  return ["ingest", ...where, ...own, ...size, ...more, "--titles", ...EVERYTHING];
}

const HARD = { more: ["--ignore-disk-space"] };

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "room", books: 40, scale: 0.2 }) });
  const library = folder.file("undisturbed.sqlite");
  expect(await runCli(words(library))).toMatchObject({ code: 0, stderr: "" });
  wanted = { hash: await dumpHash(library), bytes: statSync(library).size };
  note(`undisturbed: a library of ${(wanted.bytes / MIB).toFixed(1)} MiB`);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

function expectIntact(library: string): void {
  if (!existsSync(library) || statSync(library).size === 0) return;
  const database = new Database(library, { readwrite: true, create: false });
  try {
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  } finally {
    database.close();
  }
}

/** One line that says so, with the way out, and exit code 4. */
function expectFull(end: { readonly code: number; readonly stderr: string }, said: string): void {
  expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
  expect(end.stderr).toContain(said);
  expect(end.stderr.toLowerCase()).toContain("free some room");
  expect(end.code).toBe(4);
}

describe.skipIf(!canMount)(onSmallDisk("a disk that fills up"), () => {
  test.each([5, 40, 80])("at %d hundredths of the library: exit 4, intact, and completed later", async (percent) => {
    using disk = smallDisk(wanted.bytes * 3 + LOG);
    const library = disk.file("library.sqlite");
    disk.leave(MIB + (wanted.bytes * percent) / 100);
    expectFull(await runCli(words(library, HARD)), `no room left on the disk of ${library}`);
    expectIntact(library);
    const kept = committedRows(library);
    disk.empty();
    expect(await runCli(words(library, HARD))).toMatchObject({ code: 0, stderr: "" });
    expect(await dumpHash(library)).toBe(wanted.hash);
    note(`room for ${percent} %: ${kept} texts kept`);
  });

  test.each(["service", "bucket"] as const)(
    "while a refresh by the %s waits to flip: old books, new ones later",
    async (source) => {
      const own = await startSandbox({ library: generateLibrary({ seed: "room", books: 40, scale: 0.2 }) });
      try {
        const old = folder.file(`old-${source}.sqlite`);
        const parts = { source, url: own.url };
        expect((await runCli(words(old, parts))).code).toBe(0);
        own.edit(...alteredLines(own));
        const fresh = folder.file(`fresh-${source}.sqlite`);
        expect((await runCli(words(fresh, parts))).code).toBe(0);
        const end = await dumpHash(fresh);
        expect(end).not.toBe(await dumpHash(old));
        const again = {
          ...parts,
          more: ["--ignore-disk-space", ...(source === "service" ? ["--refresh", "service"] : [])],
        };
        for (const room of [300, 1_500]) {
          using disk = smallDisk(wanted.bytes * 4 + LOG);
          const library = disk.file("library.sqlite");
          copyFileSync(old, library);
          disk.leave(room * 1024);
          expectFull(await runCli(words(library, again)), `no room left on the disk of ${library}`);
          expectIntact(library);
          expect((await runCli(["verify", "--library", library])).code).toBe(0);
          expect(dangling(library)).toEqual([]);
          disk.empty();
          expect(await runCli(words(library, again))).toMatchObject({ code: 0, stderr: "" });
          expect(await dumpHash(library)).toBe(end);
        }
      } finally {
        await own.stop();
      }
    },
  );

  test("where the pace file is: no request goes out without it, and the next run goes on", async () => {
    using disk = smallDisk(MIB);
    const library = folder.file("pace-full.sqlite");
    const parts = { pace: disk.file("pace.sqlite"), rate: "200" };
    const child = Bun.spawn([process.execPath, MAIN, ...words(library, parts)], { stdout: "ignore", stderr: "pipe" });
    const before = sandbox.stats().requests.texts;
    while (sandbox.stats().requests.texts < before + 20 && child.exitCode === null) await Bun.sleep(5);
    disk.leave(0);
    const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    expectFull({ code, stderr }, `no room left on the disk of ${disk.file("pace.sqlite")}`);
    // The next one finds it full from its beginning.
    expectFull(await runCli(words(library, parts)), "pace.sqlite");
    expectFull(await runCli(["plan", ...words(library, parts).slice(1)]), "pace.sqlite");
    disk.empty();
    expect(await runCli(words(library, { ...parts, rate: "0" }))).toMatchObject({ code: 0, stderr: "" });
    expect(await dumpHash(library)).toBe(wanted.hash);
  });

  test.each(["log-file", "request-log"])(
    "where --%s is: the run ends with what it has, and the next one goes on",
    async (flag) => {
      using disk = smallDisk(MIB);
      disk.leave(8 * 1024);
      const library = folder.file(`${flag}.sqlite`);
      const log = disk.file("log.jsonl");
      const end = await runCli(words(library, { more: [`--${flag}`, log] }));
      expectFull(end, `--${flag} ${log} cannot be written any more`);
      expectIntact(library);
      disk.empty();
      expect((await runCli(words(library, { more: [`--${flag}`, log] }))).code).toBe(0);
      expect(await dumpHash(library)).toBe(wanted.hash);
      // One line may be torn, where the disk ended; none after it.
      const torn = readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== "" && !isJson(line));
      expect(torn.length).toBeLessThanOrEqual(1);
    },
  );

  test("where the events of --json go: the same", async () => {
    using disk = smallDisk(MIB);
    disk.leave(8 * 1024);
    const library = folder.file("events.sqlite");
    const file = openSync(disk.file("events.jsonl"), "w");
    const child = Bun.spawn([process.execPath, MAIN, ...words(library, { more: ["--json"] })], {
      stdout: file,
      stderr: "pipe",
    });
    const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    closeSync(file);
    expectFull({ code, stderr }, "no room left where stdout goes to");
    expectIntact(library);
    expect((await runCli(words(library))).code).toBe(0);
    expect(await dumpHash(library)).toBe(wanted.hash);
  });

  test.each(["service", "bucket"] as const)(
    "by the %s, one without the room that the plan needs is refused before the first text",
    async (source) => {
      using disk = smallDisk(RESERVE + wanted.bytes * 2 + LOG);
      const library = disk.file("library.sqlite");
      disk.leave(RESERVE + 64 * 1024);
      const asked = () => [sandbox.stats().requests.texts, sandbox.stats().objects.version];
      const before = asked();
      const refused = await runCli(words(library, { source }));
      expectFull(refused, "the library needs about");
      expect(refused.stderr).toContain("--ignore-disk-space");
      expect(asked()).toEqual(before);
      disk.empty();
      expect((await runCli(words(library, { source }))).code).toBe(0);
      expect(asked()).not.toEqual(before);
    },
  );

  test("one that others fill meanwhile: the run ends before SQLite finds it full", async () => {
    const own = await startSandbox({
      library: generateLibrary({ seed: "room", books: 40, scale: 0.2 }),
      latencyMs: 60,
    });
    try {
      using disk = smallDisk(RESERVE + wanted.bytes * 3 + LOG);
      const library = disk.file("library.sqlite");
      const child = Bun.spawn([process.execPath, MAIN, ...words(library, { url: own.url })], {
        stdout: "ignore",
        stderr: "pipe",
      });
      while (own.stats().requests.texts < 10 && child.exitCode === null) await Bun.sleep(5);
      disk.leave(RESERVE / 2);
      const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expectFull({ code, stderr }, `the disk of ${library} has only`);
      expect(disk.freeBytes()).toBeGreaterThan(0);
      expectIntact(library);
      disk.empty();
      expect((await runCli(words(library, { url: own.url }))).code).toBe(0);
      expect(await dumpHash(library)).toBe(wanted.hash);
    } finally {
      await own.stop();
    }
  });

  test("one that may only be read: exit 4, and nothing is changed", async () => {
    using disk = smallDisk(wanted.bytes * 2);
    const library = disk.file("library.sqlite");
    copyFileSync(folder.file("undisturbed.sqlite"), library);
    disk.setReadOnly(true);
    const end = await runCli(words(library));
    expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
    expect(end.stderr).toContain("cannot be written");
    expect(end.code).toBe(4);
    disk.setReadOnly(false);
    expect(await dumpHash(library)).toBe(wanted.hash);
  });
});

test.each(["moved away", "removed"])(
  "a library whose folder is %s while it is written: exit 4, and a new one is made",
  async (how) => {
    const own = await startSandbox({
      library: generateLibrary({ seed: "room", books: 40, scale: 0.2 }),
      latencyMs: 60,
    });
    try {
      const library = folder.file(`${how}-here`, "library.sqlite");
      const there = folder.file(`${how}-there`);
      const command = words(library, { url: own.url });
      const child = Bun.spawn([process.execPath, MAIN, ...command], { stdout: "ignore", stderr: "pipe" });
      while (own.stats().requests.texts < 10 && child.exitCode === null) await Bun.sleep(5);
      renameSync(dirname(library), there);
      if (how === "removed") rmSync(there, { recursive: true });
      const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(stderr).toMatch(/^sofer: [^\n]+\n$/);
      expect(stderr).toContain(`${library} was moved or removed`);
      expect(code).toBe(4);
      // It was noticed in time: most was not asked for in vain.
      const asked = own.stats().requests.texts;
      expect((await runCli(command)).code).toBe(0);
      expect(await dumpHash(library)).toBe(wanted.hash);
      expect(asked).toBeLessThan(own.stats().requests.texts - asked);
      if (how === "removed") return;
      const moved = folder.file(`${how}-there`, "library.sqlite");
      expectIntact(moved);
      expect((await runCli(words(moved, { url: own.url }))).code).toBe(0);
      expect(await dumpHash(moved)).toBe(wanted.hash);
    } finally {
      await own.stop();
    }
  },
);

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
