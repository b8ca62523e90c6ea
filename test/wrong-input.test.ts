import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { demoLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { migrateLibrary } from "@sofer/store";
import { runCli, spawnCli, tempDir } from "./support.ts";

const BOOK = "Poem of the Scribe";
/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(60_000);
const folder = tempDir();
let sandbox: Sandbox;
let count = 0;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

function words(url: string, library: string): string[] {
  const where = ["--base-url", url, "--library", library, "--pace-file", folder.file("pace.sqlite")];
  return [...where, "--rate", "0", "--max-workers", "1", "--initial-backoff", "0.01", "--max-retries", "1", "--quiet"];
}

const ingest = (more: readonly string[], { url = sandbox.url, library = folder.file(`${++count}.sqlite`) } = {}) =>
  runCli(["ingest", ...words(url, library), ...more], { cwd: folder.path });

/** Exactly one line that says the cause, no result, and the exit code. */
function expectRefusal(end: { code: number; stdout: string; stderr: string }, code: number, ...said: string[]): void {
  expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
  for (const part of said) expect(end.stderr).toContain(part);
  expect(end.stdout).toBe("");
  expect(end.code).toBe(code);
}

describe("wrong words", () => {
  test.each([
    ["an unknown title, with the nearest", ["--titles", "Pom of the Scribe"], "Poem of the Scribe"],
    ["an unknown Hebrew title, with the nearest", ["--titles", "פיוט הסופרר"], "פיוט הסופר"],
    ["an unknown flag, with the nearest", ["--titels", BOOK], "--titles"],
    ["a flag of another verb", ["--max-results", "3"], "--max-results"],
    ["a number that is none", ["--max-workers", "nine"], "--max-workers"],
    ["a number out of bounds", ["--max-workers", "0"], "--max-workers"],
    ["a number with a rest", ["--limit", "1.5"], "--limit"],
    ["a flag without its value", ["--titles", BOOK, "--limit"], "--limit"],
    ["a version that no one has said right", ["--titles", BOOK, "--versions", "xx|Edition"], "xx|Edition"],
  ] as [string, string[], string][])("%s: exit 2", async (_case, more, said) => {
    expectRefusal(await ingest(more), 2, said);
  });

  test("a plan above its budget is refused before the first text", async () => {
    const before = sandbox.stats().requests.texts;
    expectRefusal(await ingest(["--titles", "category:Tanakh", "--max-requests", "2"]), 2, "--max-requests");
    expect(sandbox.stats().requests.texts).toBe(before);
  });
});

describe("a library that cannot be used", () => {
  test("one below a file: exit 4", async () => {
    writeFileSync(folder.file("a-file"), "");
    const library = folder.file("a-file", "library.sqlite");
    expectRefusal(await ingest(["--titles", BOOK], { library }), 4, "a-file");
  });

  test.skipIf(process.getuid?.() === 0)("one in a folder that may not be written: exit 4", async () => {
    mkdirSync(folder.file("closed"));
    chmodSync(folder.file("closed"), 0o555);
    const library = folder.file("closed", "library.sqlite");
    expectRefusal(await ingest(["--titles", BOOK], { library }), 4, "closed");
  });

  test("one that is not SQLite: exit 4, and left as it was", async () => {
    const library = folder.file("notes.sqlite");
    const text = "notes, not a database\n".repeat(500);
    writeFileSync(library, text);
    expectRefusal(await ingest(["--titles", BOOK], { library }), 4, "notes.sqlite");
    expect(await Bun.file(library).text()).toBe(text);
  });

  test("one of a newer program: exit 4, for writing and for reading", async () => {
    const library = folder.file("newer.sqlite");
    migrateLibrary(library);
    using database = new Database(library, { strict: true });
    // As a later program leaves it: one migration more than this one knows.
    const { changes } = database
      .query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 4102444800000)")
      .run();
    expect(changes).toBe(1);
    expectRefusal(await ingest(["--titles", BOOK], { library }), 4, "newer");
    expectRefusal(await runCli(["dump", "segments", "--library", library]), 4, "newer");
    expectRefusal(await runCli(["verify", "--library", library]), 4, "newer");
  });

  test("none at all, for a verb that only reads: exit 4, and none is made", async () => {
    const library = folder.file("absent.sqlite");
    expectRefusal(await runCli(["search", "lamp", "--library", library]), 4, "absent.sqlite");
    expect(await Bun.file(library).exists()).toBe(false);
  });

  test("one that another run is writing: exit 4, naming that run; the other goes on", async () => {
    await using slow = disposable(await startSandbox({ library: demoLibrary(), latencyMs: 400 }));
    const library = folder.file("busy.sqlite");
    const other = spawnCli(["ingest", ...words(slow.url, library), "--json", "--titles", BOOK]);
    const reader = other.stdout.getReader();
    await reader.read(); // Its first event: it holds the library.
    expectRefusal(await ingest(["--titles", BOOK], { library }), 4, "busy.sqlite", String(other.pid));
    while (!(await reader.read()).done) continue;
    expect(await other.exited).toBe(0);
  });
});

describe("a service that is none", () => {
  test("down: exit 3", async () => {
    const gone = await startSandbox({ library: demoLibrary() });
    await gone.stop();
    expectRefusal(await ingest(["--titles", BOOK], { url: gone.url }), 3, new URL(gone.url).host);
  });

  test.each([
    ["answers HTML to everything", [{ kind: "html" }]],
    ["answers HTML to all but the contents", [{ kind: "html", endpoint: "index" }]],
    ["fails at everything", [{ kind: "status", status: 503 }]],
  ] as [string, FaultRule[]][])("one that %s: exit 3", async (_case, faults) => {
    await using odd = disposable(await startSandbox({ library: demoLibrary(), faults }));
    expectRefusal(await ingest(["--titles", BOOK], { url: odd.url }), 3, new URL(odd.url).host);
  });

  test("a page that is no such service at all: exit 3", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    expectRefusal(await ingest(["--titles", BOOK], { url: `http://127.0.0.1:${server.port}` }), 3);
  });
});

function disposable(own: Sandbox): Sandbox & AsyncDisposable {
  return { ...own, [Symbol.asyncDispose]: () => own.stop() };
}
