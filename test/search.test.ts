import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox } from "@sofer/sandbox";
import { readFileSync, writeFileSync } from "node:fs";
import { jsonLines, MAIN, runCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const BOOKS = ["Scroll of Gates", "Eliav on Scroll of Gates"];
const folder = tempDir();
const library = folder.file("library.sqlite");
/** The words of the first segment of the first book, as it is stored and in pieces. */
let first: { readonly ref: string; readonly text: string; readonly words: readonly string[] };

beforeAll(async () => {
  const sandbox = await startSandbox({ library: demoLibrary() });
  try {
    const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--source", "service", "--rate", "0"];
    const own = ["--library", library, "--pace-file", folder.file("pace.sqlite"), "--max-workers", "1", "--quiet"];
    const { code } = await runCli(["ingest", ...where, ...own, "--links", "bucket", "--titles", ...BOOKS]);
    expect(code).toBe(0);
  } finally {
    await sandbox.stop();
  }
  const { stdout } = await runCli(["dump", "segments", "--titles", BOOKS[0] ?? "", "--library", library]);
  const line = jsonLines(stdout).find((row) => row["ref"] === "Scroll of Gates 1:1" && row["language"] === "he");
  const text = String(line?.["text"]);
  first = {
    ref: "Scroll of Gates 1:1",
    text,
    words: text
      .replaceAll(/<[^>]*>/g, " ")
      .trim()
      .split(/\s+/),
  };
});
afterAll(() => folder.dispose());

interface Line {
  readonly type: string;
  readonly ref: string;
  readonly why: readonly { readonly by: string }[];
  readonly versions: readonly { readonly text: string; readonly snippet: { readonly marked: string } }[];
}

async function search(...words: readonly string[]) {
  const { code, stdout, stderr } = await runCli(["search", ...words, "--library", library, "--json"]);
  const lines = jsonLines<Line>(stdout);
  return { code, stderr, hits: lines.filter(({ type }) => type === "hit"), answer: lines.at(-1) };
}

test("words of a text find it, marked in the snippet; the last line is about the answer", async () => {
  const query = first.words.slice(0, 4).join(" ");
  const { code, hits, answer } = await search(query, "--languages", "he");
  expect(code).toBe(0);
  const hit = hits.find(({ ref }) => ref === first.ref);
  expect(hit?.versions.map(({ text }) => text)).toContain(first.text);
  expect(hit?.versions[0]?.snippet.marked).toMatch(/⟦[^⟧]+⟧/);
  expect(answer).toMatchObject({
    type: "answer",
    engine: "lexical",
    isBounded: false,
    hits: hits.length,
    warnings: [],
  });
});

test("a ref answers with its place first; a quote left open is said; only an exclusion is wrong usage", async () => {
  const place = await search("scroll of gates 1.1", "--max-results", "3");
  expect(place.hits[0]).toMatchObject({ ref: first.ref, why: [{ by: "ref" }] });
  const open = await search(`"${first.words[0]}`);
  expect(open.stderr).toContain("the quote is never closed");
  expect(open.answer).toMatchObject({ warnings: [{ code: "syntax", at: [0, 1] }] });
  const refused = await runCli(["search", "--library", library, "--", "-lamp"]);
  expect([refused.code, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain("only what is not wanted");
});

test("filters of the command line: category, version, place, exact words", async () => {
  const word = first.words[0] ?? "";
  const refs = async (...more: readonly string[]) => (await search(word, "--max-results", "100", ...more)).hits;
  expect((await refs("--within", "Scroll of Gates 1")).every(({ ref }) => ref.startsWith("Scroll of Gates 1:"))).toBe(
    true,
  );
  expect((await refs("--within", "Scroll of Gates 1")).length).toBeGreaterThan(0);
  const unknown = await runCli(["search", word, "--library", library, "--categories", "Tanak"]);
  expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
  expect(unknown.stderr).toContain('no category called "Tanak"');
  const exact = await refs("--exact-words");
  const all = await refs();
  expect(exact.length).toBeGreaterThan(0);
  expect(exact.length).toBeLessThanOrEqual(all.length);
});

test("on a terminal what was found is bold; NO_COLOR and pipes have none", async () => {
  const command = [process.execPath, MAIN, "search", ...first.words.slice(0, 2), "--library", library];
  const onTerminal = async (env: Readonly<Record<string, string>>) => {
    let said = "";
    const decoder = new TextDecoder();
    const child = Bun.spawn(command, {
      env: { ...process.env, TERM: "xterm-256color", NO_COLOR: "", ...env },
      terminal: { cols: 200, rows: 50, data: (_, bytes) => void (said += decoder.decode(bytes, { stream: true })) },
    });
    expect(await child.exited).toBe(0);
    child.terminal?.close();
    return said;
  };
  const [, bold = ""] = (await onTerminal({})).split("\u001B[1m");
  expect(bold).toMatch(/^\S/);
  expect(bold).toContain("\u001B[22m");
  expect(await onTerminal({ NO_COLOR: "1" })).not.toContain("\u001B[1m");
  const piped = await runCli(["search", ...first.words.slice(0, 2), "--library", library]);
  expect(piped.stdout).not.toContain("\u001B");
});

test("eval: questions from links, the same again; measured beside the baseline; bad files are wrong usage", async () => {
  const file = folder.file("qrels.jsonl");
  const make = () => runCli(["eval", "--make-qrels", file, "--per-group", "5", "--library", library]);
  expect((await make()).code).toBe(0);
  const made = readFileSync(file, "utf8");
  await make();
  expect(readFileSync(file, "utf8")).toBe(made);
  const questions = jsonLines(made);
  expect(questions.length).toBeGreaterThan(0);

  const { code, stdout } = await runCli([
    "eval",
    file,
    "--engine",
    "lexical",
    "baseline",
    "--library",
    library,
    "--json",
  ]);
  expect(code).toBe(0);
  const lines = jsonLines(stdout);
  expect(lines.filter((line) => line["type"] === "query")).toHaveLength(2 * questions.length);
  const all = lines.filter((line) => line["by"] === "all");
  expect(all.map((line) => line["engine"])).toEqual(["lexical", "baseline"]);
  for (const { scores } of all as { scores?: { queries: number; mrr: number } }[]) {
    expect(scores?.queries).toBe(questions.length);
    expect(scores?.mrr).toBeGreaterThanOrEqual(0);
  }
  const shown = await runCli(["eval", file, "--library", library]);
  expect(shown.stdout).toMatch(/^all +engine +questions +first/);

  writeFileSync(file, "{");
  const broken = await runCli(["eval", file, "--library", library]);
  expect([broken.code, broken.stdout]).toEqual([2, ""]);
  expect(broken.stderr).toContain("line 1: this is not JSON");
  expect((await runCli(["eval", "--library", library])).code).toBe(2);
});
