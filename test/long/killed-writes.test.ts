import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { migrateLibrary } from "@sofer/store";
import { dangling, dumpHash, MAIN, runCli, tempDir } from "../support.ts";
import { alteredLines, committedRows, EVERYTHING, note } from "./support.ts";

/*
 * Ends that no statement of a program can choose: the kernel kills the program as it makes the n-th write to the
 * library's files, in the middle of a commit, of a checkpoint, of the making of its tables; and a power cut, which keeps
 * of the write-ahead log what the disk had, to any byte.
 */
const hasStrace = process.platform === "linux" && Bun.which("strace") !== null;
const name = hasStrace ? "kill -9 as a write is made" : "kill -9 as a write is made (no strace here: skipped)";

/** Points of each kind, spread over the writes that an undisturbed run makes. */
const POINTS = { tables: 4, commits: 6, checkpoints: 4, refresh: 4, failures: 1 } as const;
const CUTS = 6;
/** Bytes of a write-ahead log before its first frame, and of a frame before its page. */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;

const folder = tempDir();
let sandbox: Sandbox;
let wanted: string;

const words = (library: string, source: "service" | "bucket" = "service", url = sandbox.url) => {
  const where = ["--base-url", url, "--bucket-url", url, "--source", source, "--rate", "0"];
  const own = ["--library", library, "--pace-file", folder.file("pace.sqlite"), "--quiet", "--versions", "all"];
  const size = ["--max-workers", "2", "--max-concurrent-requests", "4"];
  return ["ingest", ...where, ...own, ...size, "--titles", ...EVERYTHING];
};

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "writes", books: 40, scale: 0.1 }) });
  const library = folder.file("undisturbed.sqlite");
  expect(await runCli(words(library))).toMatchObject({ code: 0, stderr: "" });
  wanted = await dumpHash(library);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

interface Traced {
  readonly code: number;
  readonly stderr: string;
  /** Writes of each thread, the program's first one first. */
  readonly writes: readonly number[];
}

/**
 * The program under the kernel's eyes.
 * @param at one of its threads makes that write to one of the files, and this is what comes of it: it dies, or that write
 * and all later ones fail
 */
async function traced(
  command: readonly string[],
  files: readonly string[],
  at: number | null,
  what: "signal=SIGKILL" | "error=EIO" | "error=ENOSPC" = "signal=SIGKILL",
): Promise<Traced> {
  const log = folder.file("writes.log");
  const inject = at === null ? [] : ["-e", `inject=pwrite64:${what}:when=${at}${what.startsWith("error") ? "+" : ""}`];
  const paths = files.flatMap((file) => ["-P", file]);
  const child = Bun.spawn(
    ["strace", "-f", "-o", log, ...paths, "-e", "trace=pwrite64", ...inject, process.execPath, MAIN, ...command],
    { stdout: "ignore", stderr: "pipe" },
  );
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  const byThread = new Map<string, number>();
  for (const line of readFileSync(log, "utf8").split("\n")) {
    if (!line.includes(" pwrite64(")) continue;
    const thread = line.slice(0, line.indexOf(" "));
    byThread.set(thread, (byThread.get(thread) ?? 0) + 1);
  }
  return { code, stderr, writes: [...byThread.values()] };
}

/**
 * The program, killed at one of its writes. How many it makes depends on what comes together into one commit: a run that has ended
 * before it came to so many is begun anew, and killed earlier.
 * @param ready makes what it begins with, under a name
 */
async function killedAt(
  at: number,
  ready: (name: string) => string,
  commandOf: (library: string) => readonly string[],
  filesOf: (library: string) => readonly string[],
): Promise<string> {
  for (let when = at; when > 0; when = Math.floor(when * 0.8)) {
    const library = ready(`${at}-${when}.sqlite`);
    const { code } = await traced(commandOf(library), filesOf(library), when);
    if (code === 137) return library;
    expect([when, code]).toEqual([when, 0]);
  }
  throw new Error(`no run makes a write that it could be killed at (${at} was tried first)`);
}

const spread = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, at) => Math.round(from + ((to - from) * (at + 0.5)) / count));

function expectIntact(library: string): void {
  if (!existsSync(library)) return;
  const database = new Database(library, { readwrite: true, create: false });
  try {
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    expect(database.query("PRAGMA foreign_key_check").values()).toEqual([]);
  } finally {
    database.close();
  }
}

async function expectResumes(library: string, how: string, command = words(library), end = wanted): Promise<void> {
  expectIntact(library);
  expect([how, await runCli(command)]).toMatchObject([how, { code: 0, stderr: "" }]);
  expect([how, await dumpHash(library)]).toEqual([how, end]);
}

/** Of the thread that writes most, the writes that no other thread comes to. */
function ofTheWriter(writes: readonly number[]): readonly [number, number] {
  const [most = 0, next = 0] = writes.toSorted((a, b) => b - a);
  expect(most).toBeGreaterThan(next + 5);
  return [next, most];
}

describe.skipIf(!hasStrace)(name, () => {
  /** @param isMade the library has its tables before the program begins: all writes are then the writer's */
  async function sweep(kind: keyof typeof POINTS, isMade: boolean, filesOf: (library: string) => string[]) {
    const ready = (title: string) => {
      const library = folder.file(title);
      if (isMade) migrateLibrary(library);
      return library;
    };
    const whole = ready(`${kind}.sqlite`);
    const { code, writes } = await traced(words(whole), filesOf(whole), null);
    expect(code).toBe(0);
    const [from, to] = isMade ? ofTheWriter(writes) : [0, writes[0] ?? 0];
    for (const at of spread(POINTS[kind], from, to)) {
      const library = await killedAt(at, (title) => ready(`${kind}-${title}`), words, filesOf);
      await expectResumes(library, `${kind}: killed at write ${at} of ${to}`);
    }
    note(`${kind}: ${POINTS[kind]} kills between writes ${from} and ${to}`);
  }

  test("while the tables are made", () => sweep("tables", false, (library) => [library, `${library}-wal`]));

  test("within a commit", () => sweep("commits", true, (library) => [`${library}-wal`]));

  test("within a checkpoint", () => sweep("checkpoints", true, (library) => [library]));

  // The disk itself, not the program: from some write of the log on, or of checkpoints, it refuses.
  test.each([
    ["EIO", "-wal", "cannot be read or written"],
    ["EIO", "", "cannot be read or written"],
    ["ENOSPC", "-wal", "no room left on the disk of"],
    ["ENOSPC", "", "no room left on the disk of"],
  ] as const)("%s for writes to the library%s: exit 4, intact, and completed later", async (error, file, said) => {
    const kind = `${error}${file}`;
    const ready = (title: string) => {
      const library = folder.file(title);
      migrateLibrary(library);
      return library;
    };
    const whole = ready(`${kind}.sqlite`);
    const [from, to] = ofTheWriter((await traced(words(whole), [`${whole}${file}`], null)).writes);
    for (const at of spread(POINTS.failures, from, to)) {
      const library = ready(`${kind}-${at}.sqlite`);
      const failed = await traced(words(library), [`${library}${file}`], at, `error=${error}`);
      expect(failed.stderr).toMatch(/^sofer: [^\n]+\n$/);
      expect(failed.stderr).toContain(said);
      expect([at, failed.code]).toEqual([at, 4]);
      await expectResumes(library, `${kind} at write ${at}`);
    }
  });

  test("within the flips of a refresh: old or new, and the next run ends right", async () => {
    const old = folder.file("old.sqlite");
    const own = await startSandbox({ library: generateLibrary({ seed: "flips", books: 40, scale: 0.1 }) });
    const command = (library: string) => words(library, "bucket", own.url);
    try {
      expect((await runCli(command(old))).code).toBe(0);
      own.edit(...alteredLines(own));
      const fresh = folder.file("fresh.sqlite");
      expect((await runCli(command(fresh))).code).toBe(0);
      const end = await dumpHash(fresh);
      expect(end).not.toBe(await dumpHash(old));
      const copyAs = (title: string) => {
        const library = folder.file(title);
        copyFileSync(old, library);
        return library;
      };
      const whole = copyAs("refreshed.sqlite");
      const { code, writes } = await traced(command(whole), [`${whole}-wal`], null);
      expect(code).toBe(0);
      const [from, to] = ofTheWriter(writes);
      for (const at of spread(POINTS.refresh, from, to)) {
        const library = await killedAt(
          at,
          (title) => copyAs(`refresh-${title}`),
          command,
          (path) => [`${path}-wal`],
        );
        expectIntact(library);
        expect((await runCli(["verify", "--library", library])).code).toBe(0);
        expect(dangling(library)).toEqual([]);
        await expectResumes(library, `refresh: killed at write ${at}`, command(library), end);
      }
      note(`refresh: ${POINTS.refresh} kills between writes ${from} and ${to}`);
    } finally {
      await own.stop();
    }
  });
});

describe("a power cut", () => {
  test("keeps of the log what the disk had: what is gone is gone whole, and the next run brings it", async () => {
    const { library, safe, size } = await killedWithALog();
    for (const at of [...spread(CUTS - 1, safe, size), size - 1]) {
      const cut = folder.file(`power-${at}.sqlite`);
      copyFileSync(library, cut);
      copyFileSync(`${library}-wal`, `${cut}-wal`);
      truncateSync(`${cut}-wal`, at);
      await expectResumes(cut, `cut at byte ${at} of ${size}`);
    }
    note(`power: the log cut at ${CUTS} bytes between ${safe} and ${size}`);
  });
});

/** A killed run whose log had more than the library: a kill just after a checkpoint leaves nothing to lose, and is not it. */
async function killedWithALog() {
  const all = committedRows(folder.file("undisturbed.sqlite"));
  for (const share of [0.5, 0.6, 0.4, 0.7, 0.3, 0.8]) {
    const library = folder.file(`power-${share}.sqlite`);
    const child = Bun.spawn([process.execPath, MAIN, ...words(library)], { stdout: "ignore", stderr: "ignore" });
    while (committedRows(library) < all * share && child.exitCode === null) await Bun.sleep(2);
    child.kill("SIGKILL");
    await child.exited;
    if (child.signalCode !== "SIGKILL") continue;
    const size = statSync(`${library}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const frame = FRAME_HEADER + pageBytes(library);
    // What a checkpoint has copied was on the disk before: the log is synced first.
    const safe = LOG_HEADER + frame * copiedFrames(`${library}-shm`);
    if (size > safe + frame) return { library, safe, size };
  }
  throw new Error("every kill came just after a checkpoint, or too late");
}

function pageBytes(library: string): number {
  return readFileSync(library).readUInt16BE(16);
}

/**
 * Of the log, how many frames may be in the library already: nBackfill of SQLite's shared index of the log, and, when it was
 * killed within a checkpoint, nBackfillAttempted.
 */
function copiedFrames(index: string): number {
  const bytes = readFileSync(index);
  return Math.max(bytes.readUInt32LE(96), bytes.readUInt32LE(128));
}
