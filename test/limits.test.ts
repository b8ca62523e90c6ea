import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { allVersions, difference } from "./expected.ts";
import { heldSegments, MAIN, runCli, spawnCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const BOOKS = demoLibrary().books.filter((book) => book.categories[0] === "Midrash");
const TITLES = BOOKS.map((book) => book.title);
const folder = tempDir();
const whole = folder.file("whole.sqlite");
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
  expect((await runCli(words(whole, sandbox.url))).code).toBe(0);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

function words(library: string, url: string): string[] {
  const where = ["--base-url", url, "--source", "service", "--rate", "0", "--versions", "all"];
  const own = ["--library", library, "--pace-file", folder.file("pace.sqlite")];
  return ["ingest", ...where, ...own, "--max-workers", "2", "--titles", ...TITLES];
}

/** `command` in a shell that has done something first. */
async function inShell(first: string, command: readonly string[]) {
  const shell = ["sh", "-c", first, "sh", process.execPath, MAIN, ...command];
  const child = Bun.spawn(shell, { stdout: "pipe", stderr: "pipe" });
  const said = [new Response(child.stdout).text(), new Response(child.stderr).text()] as const;
  const [stdout, stderr] = await Promise.all(said);
  return { code: await child.exited, stdout, stderr };
}

// A run with many connections and workers: test/long/open-files.test.ts.
test.skipIf(process.platform === "win32")(
  "a demo with few open files does less at a time, says so, and is whole",
  async () => {
    const library = folder.file("demo.sqlite");
    const own = ["--library", library, "--pace-file", folder.file("demo-pace.sqlite"), "--titles", ...TITLES];
    const end = await inShell(`ulimit -n 64; exec "$@"`, ["ingest", "--demo", "--versions", "all", ...own]);
    expect(end.stderr).toContain("the system allows 64 open files");
    expect(end.code).toBe(0);
    expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
  },
);

describe("two programs on one library", () => {
  test("who writes is refused, naming the other; who reads works meanwhile", async () => {
    const library = folder.file("shared.sqlite");
    // One request fails, so that there is something to retry.
    const failing = await startSandbox({
      library: demoLibrary(),
      faults: [{ kind: "error", endpoint: "texts", times: 1 }],
    });
    expect((await runCli(words(library, failing.url))).code).toBe(1);
    await failing.stop();
    const held = heldSegments(library);
    const report = folder.file("report.jsonl");
    const missing = { sign: "-", about: "index", title: TITLES[0], leaf: null, version: null, ref: "", note: "" };
    writeFileSync(report, `${JSON.stringify(missing)}\n${JSON.stringify({ type: "report" })}\n`);
    const slow = await startSandbox({ library: demoLibrary(), faults: [{ kind: "slow", delayMs: 600_000 }] });
    const holder = spawnCli([...words(library, slow.url), "--json", "--no-resume"]);
    try {
      // Its first event: it holds the library from before.
      await holder.stdout.getReader().read();
      const own = ["--library", library];
      for (const command of [words(library, sandbox.url), ["retry", ...own], ["repair", ...own, "--report", report]]) {
        const end = await runCli([...command, "--quiet"]);
        expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
        expect(end.stderr).toContain(`process ${holder.pid} (ingest `);
        expect(end.code).toBe(4);
      }
      for (const command of [
        ["search", "the"],
        ["hash"],
        ["dump", "segments"],
        ["backup", folder.file("copy.sqlite")],
      ]) {
        const end = await runCli([...command, "--library", library]);
        expect([command[0], end.code, end.stderr]).toEqual([command[0], 0, ""]);
      }
      expect(heldSegments(folder.file("copy.sqlite"))).toEqual(held);
      // What is in it is not whole, and they say so.
      for (const verb of ["status", "verify"]) expect((await runCli([verb, "--library", library])).code).toBe(1);
      expect(holder.exitCode).toBeNull();
    } finally {
      holder.kill("SIGKILL");
      await holder.exited;
      await slow.stop();
    }
    // The kernel has freed it.
    expect((await runCli(words(library, sandbox.url))).code).toBe(0);
  });
});

test.skipIf(process.platform === "win32")(
  "messages whose reader leaves after one line do not end the run",
  async () => {
    const library = folder.file("unheard.sqlite");
    const code = folder.file("unheard.code");
    await inShell(`{ "$@" 2>&1 >/dev/null; echo $? >${code}; } | head -n 1`, [
      ...words(library, sandbox.url),
      "--verbose",
    ]);
    while (!existsSync(code)) await Bun.sleep(10);
    expect(readFileSync(code, "utf8")).toBe("0\n");
    expect(difference(allVersions(BOOKS), heldSegments(library))).toEqual({ missing: [], surplus: [] });
  },
);
