import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const MAIN = join(import.meta.dir, "main.ts");
const folder = mkdtempSync(join(tmpdir(), "sofer-cli-run-"));
/** Small books of the generated library, one with holes and blanks. */
const TITLES = demoLibrary()
  .books.filter((book) => !book.isVirtual)
  .slice(0, 2)
  .map((book) => book.title);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(words: readonly string[]) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_")));
  const env = { ...clean, SOFER_PACE_FILE: join(folder, "pace.sqlite"), SOFER_LIBRARY: join(folder, "library.sqlite") };
  return Bun.spawn([process.execPath, MAIN, ...words], { cwd: folder, env, stdout: "pipe", stderr: "pipe" });
}

async function sofer(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(words);
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const jsonLines = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
const ingest = (...words: string[]) =>
  sofer("ingest", "--base-url", sandbox.url, "--rate", "0", "--max-workers", "2", "--titles", ...TITLES, ...words);

describe("a run and what can be asked of its library", () => {
  test("ingest: milestone lines on stderr, a receipt that adds up on stdout, log files", async () => {
    const logs = ["--log-file", join(folder, "log"), "--request-log", join(folder, "requests")];
    const { code, out, err } = await ingest(...logs);
    expect(err).toStartWith(`bringing ${TITLES.join(", ")} into ${join(folder, "library.sqlite")}\n`);
    expect(err).toContain(`${TITLES[0]}: completed`);
    expect(err).toMatch(new RegExp(`${TITLES[0]}: found \\d+ references`));
    expect(out).toStartWith("done and whole");
    expect(code).toBe(0);
    const sum = /segments +([\d,]+) expected = ([\d,]+) stored/.exec(out);
    expect(sum).not.toBeNull();
    const logged = jsonLines(readFileSync(join(folder, "log"), "utf8"));
    // Every line says when, how grave, and of which run; of which book and unit, where it is about one.
    for (const [index, line] of logged.entries()) {
      expect(line).toMatchObject({ at: expect.stringMatching(/^\d{4}-.*Z$/), run: 1, seq: index + 1 });
      expect(["debug", "info", "warn", "error"]).toContain(String(line["level"]));
      expect([line["book"], line["unit"]]).toEqual([line["title"], line["unitId"]]);
    }
    const events = logged.map((event) => event["type"]);
    expect(events).toContain("parcel-committed");
    expect(events.at(-1)).toBe("run-ended");
    const requests = jsonLines(readFileSync(join(folder, "requests"), "utf8"));
    expect(requests.length).toBe(sandbox.stats().total);
  }, 60_000);

  test("ingest --json: one event a line, the receipt last; a second run asks for no text", async () => {
    const before = sandbox.stats().requests.texts;
    const { code, out } = await ingest("--json");
    expect(code).toBe(0);
    const events = jsonLines(out);
    expect(events[0]?.["type"]).toBe("run-started");
    expect(events.at(-1)).toMatchObject({ type: "receipt", outcome: "whole", books: TITLES.length });
    expect(sandbox.stats().requests.texts).toBe(before);
  }, 60_000);

  test("status, verify, hash and retry have nothing to complain of", async () => {
    const [status, verify, hash, retry] = await Promise.all([
      sofer("status", "--json"),
      sofer("verify", "--json"),
      sofer("hash"),
      sofer("retry"),
    ]);
    expect(status.code).toBe(0);
    expect(jsonLines(status.out)[0]).toMatchObject({ counts: { books: TITLES.length }, failures: 0 });
    expect(verify.code).toBe(0);
    expect(jsonLines(verify.out).at(-1)).toMatchObject({ type: "report", isWhole: true, differences: 0 });
    expect(hash.out).toMatch(/^[0-9a-f]{64}\n$/);
    expect(retry).toMatchObject({ code: 0, out: "", err: "nothing to retry\n" });
  });

  test("dump gives the documented fields, filters, and ends quietly when the reader has enough", async () => {
    const segments = jsonLines((await sofer("dump", "segments", "--titles", TITLES[0] ?? "", "--languages", "he")).out);
    expect(segments.length).toBeGreaterThan(10);
    expect(new Set(segments.map((row) => `${String(row["title"])}|${String(row["language"])}`))).toEqual(
      new Set([`${TITLES[0]}|he`]),
    );
    expect(Object.keys(segments[0] ?? {})).toEqual(["title", "language", "versionTitle", "ref", "heRef", "text"]);
    const chunk = jsonLines((await sofer("dump", "chunks", "--profile", "vector")).out)[0];
    expect(chunk).toMatchObject({ profile: "vector" });
    const piped = Bun.spawnSync([
      "sh",
      "-c",
      `{ "$0" "$1" dump chunks --library "$2"; echo "code $?" >&2; } | head -1`,
      process.execPath,
      MAIN,
      join(folder, "library.sqlite"),
    ]);
    expect(lines(piped.stdout.toString())).toHaveLength(1);
    expect(piped.stderr.toString()).toBe("code 0\n");
  });

  test("search finds a stored word, with its version and licence", async () => {
    const texts = jsonLines((await sofer("dump", "segments", "--languages", "en")).out).map((row) =>
      String(row["text"]),
    );
    const words = / [a-z]+ [a-z]+ /.exec(texts.find((text) => !/[<&]/.test(text)) ?? "")?.[0].trim() ?? "";
    const { code, out } = await sofer("search", words, "--max-results", "3", "--json");
    expect(code).toBe(0);
    const lines = jsonLines(out);
    const hits = lines.filter((line) => line["type"] === "hit");
    expect(lines.at(-1)).toMatchObject({ type: "answer", hits: hits.length, isBounded: false });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.length).toBeLessThanOrEqual(3);
    expect(Object.keys(hits[0] ?? {})).toEqual(expect.arrayContaining(["ref", "versions", "url"]));
  });

  test("plan counts what is held, and says a broken budget with exit code 2", async () => {
    const { code, out, err } = await sofer(
      "plan",
      "--base-url",
      sandbox.url,
      "--titles",
      ...TITLES,
      "--max-requests",
      "1",
    );
    expect(code).toBe(2);
    expect(out).toContain(`books     ${TITLES.length}, ${TITLES.length} of them held already`);
    expect(err).toContain("--max-requests allows 1");
  });
});

// Titles, services and libraries that cannot be: test/wrong-input.test.ts.
describe("a run that cannot be", () => {
  test.each([
    ["a library that is not SQLite", ["status", "--library", "text.sqlite"], 4, "text.sqlite"],
    ["a folder in place of a library", ["status", "--library", "."], 4, "sofer: "],
    ["a saved contents answer that is none", ["ingest", "--tree-file", "text.sqlite"], 2, "--tree-file text.sqlite"],
    ["a log file that cannot be written", ["ingest", "--log-file", "no/such/folder/log"], 2, "--log-file no/such"],
  ] as [string, string[], number, string][])(
    "%s: one line, exit code",
    async (_case, words, code, said) => {
      writeFileSync(join(folder, "text.sqlite"), "this is not a database, however long it may be\n".repeat(100));
      const isIngest = words[0] === "ingest";
      const own = words.includes("--library") ? [] : ["--library", `${code}.sqlite`];
      const more = isIngest ? [...own, "--rate", "0"] : [];
      const base = isIngest && !words.includes("--base-url") ? ["--base-url", sandbox.url] : [];
      const ended = await sofer(...words, ...base, ...more, "--quiet");
      expect(ended.err).toContain(said);
      expect(lines(ended.err)).toHaveLength(1);
      expect(ended.code).toBe(code);
    },
    30_000,
  );

  test("SIGINT: what is in flight is finished, the receipt says so, exit code 130", async () => {
    const slow = await startSandbox({ library: demoLibrary(), latencyMs: 100 });
    const tuning = ["--rate", "10", "--max-workers", "1", "--library", "stopped.sqlite", "--json"];
    const child = start([
      "ingest",
      "--base-url",
      slow.url,
      ...tuning,
      "--titles",
      "category:Tanakh",
      "category:Talmud",
    ]);
    let out = "";
    for await (const part of child.stdout) {
      const isFirst = out === "";
      out += Buffer.from(part).toString();
      if (isFirst) child.kill("SIGINT");
    }
    expect(await child.exited).toBe(130);
    expect(jsonLines(out).at(-1)).toMatchObject({ type: "receipt", outcome: "interrupted" });
    await slow.stop();
  }, 60_000);
});
