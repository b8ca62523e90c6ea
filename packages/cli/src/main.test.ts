import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const MAIN = join(import.meta.dir, "main.ts");
const folder = mkdtempSync(join(tmpdir(), "sofer-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sofer(words: readonly string[], env: Record<string, string> = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_")));
  const ended = Bun.spawnSync([process.execPath, MAIN, ...words], { cwd: folder, env: { ...clean, ...env } });
  return { code: ended.exitCode, out: ended.stdout.toString(), err: ended.stderr.toString() };
}

describe("wrong input gives one line on stderr, nothing on stdout, and the right exit code", () => {
  const notJson = join(folder, "config.json");
  writeFileSync(notJson, "{ max-workers: 4 }");

  test.each([
    [["ingst"], 2, "did you mean ingest?"],
    [["--titles", "Genesis"], 2, "the verb comes first"],
    [["status", "--failure"], 2, "did you mean --failures?"],
    [["status", "surplus"], 2, '"surplus" is one word too many'],
    [["ingest", "--max-workers", "ten"], 2, "--max-workers must be a whole number from 1 to 64"],
    [["ingest", "--max-workers", "0"], 2, "--max-workers must be a whole number from 1 to 64"],
    [["ingest", "--limit", "1.5"], 2, "--limit must be a whole number"],
    [["ingest", "--source", "buket"], 2, "--source must be one of"],
    [["ingest", "--base-url", "sefaria"], 2, "--base-url is not a URL"],
    [["ingest", "--rate", "0"], 2, "--rate 0 (no pace) is refused"],
    [["ingest", "--quiet", "--verbose"], 2, "exclude each other"],
    [["ingest", "--config", notJson], 2, "cannot be read as JSON"],
    [["dump"], 2, "say what to dump"],
    [["dump", "pages"], 2, "cannot dump pages"],
    [["dump", "segments", "--profile", "vector"], 2, "--profile does not apply to dump segments"],
    [["dump", "chunks", "--profile", "vektor"], 2, "did you mean vector?"],
    [["search"], 2, "nothing to search for"],
    [["search", "x", "--max-results", "many"], 2, "--max-results must be a whole number"],
    [["sandbox", "--corpus", "nowhere"], 2, "has no manifest.json"],
    [["status"], 4, "there is no library at .sofer/library.sqlite"],
    [["hash", "--library", "none.sqlite"], 4, "there is no library at none.sqlite"],
    [["verify"], 4, "there is no library"],
    [["retry"], 4, "there is no library"],
  ] as [string[], number, string][])("%j ends with %i", (words, code, said) => {
    const ended = sofer(words);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: "" });
    expect(ended.err).toContain(said);
    expect(ended.err).toStartWith("sofer: ");
    expect(ended.err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("an environment value is named as it was written", () => {
    const ended = sofer(["status"], { SOFER_MAX_WORKERS: "many" });
    expect(ended.code).toBe(2);
    expect(ended.err).toContain("SOFER_MAX_WORKERS must be a whole number");
  });
});

test("a misspelt environment name is said, and does not stop the verb", () => {
  const ended = sofer(["status"], { SOFER_LIBARY: "x" });
  expect(ended.code).toBe(4);
  expect(ended.err).toStartWith("SOFER_LIBARY in the environment is no setting of sofer\n");
});

describe("the ways to help", () => {
  test.each([[["--help"]], [["help"]], [["-h"]]])("%j shows the verbs on stdout", (words) => {
    const { code, out, err } = sofer(words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Usage: sofer <verb> [flags]");
  });

  test("no verb at all is wrong usage: the same page on stderr", () => {
    const { code, out, err } = sofer([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: sofer <verb> [flags]");
  });

  test.each([[["ingest", "--help"]], [["help", "ingest"]], [["ingest", "--titles", "X", "-h"]]])("%j", (words) => {
    const { code, out } = sofer(words);
    expect(code).toBe(0);
    expect(out).toContain("sofer ingest: ");
  });

  test("--version", () => {
    expect(sofer(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
  });
});

describe("sandbox", () => {
  test("says where it listens, serves, and ends on SIGINT with a summary", async () => {
    const child = Bun.spawn([process.execPath, MAIN, "sandbox", "--port", "0"], { stdout: "pipe", stderr: "pipe" });
    const reader = child.stdout.getReader();
    const first = await reader.read();
    const line = Buffer.from(first.value ?? new Uint8Array()).toString();
    const url = /^sandbox listening at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line)?.[1];
    expect(url).toBeDefined();
    const contents: unknown = await (await fetch(`${url}/api/index`)).json();
    expect(Array.isArray(contents)).toBe(true);
    // One key press may arrive twice.
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toContain("sandbox: 1 requests (contents 1)");
  });
});
