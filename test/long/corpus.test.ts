import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate, openLibrary, readQrels } from "@sofer/store";
import {
  CORPUS,
  dangling,
  hasCorpus,
  jsonLines,
  runCli,
  SHARED,
  spawnCli,
  startCliSandbox,
  tempDir,
  type CliSandbox,
} from "../support.ts";
import { readTruth, truthOfDump } from "../truth.ts";
import { ingest, note } from "./support.ts";

interface ManifestBook {
  readonly title: string;
}

interface Outline {
  readonly nodes?: readonly Outline[];
}

const name = hasCorpus ? "the corpus of real books" : "the corpus of real books (not beside the project: skipped)";

describe.skipIf(!hasCorpus)(name, () => {
  const folder = tempDir();
  const library = folder.file("library.sqlite");
  let titles: readonly string[];
  let sandbox: CliSandbox;

  beforeAll(async () => {
    const manifest = JSON.parse(readFileSync(join(CORPUS, "manifest.json"), "utf8")) as { books: ManifestBook[] };
    titles = manifest.books.map((book) => book.title);
    sandbox = await startCliSandbox(["--corpus", CORPUS]);
  });
  afterAll(async () => {
    await sandbox.stop();
    folder.dispose();
  });

  const bring = () =>
    ingest(folder, { url: sandbox.url, library, titles, more: ["--rate", "0", "--max-workers", "2", "--json"] });

  test("all books come in, and the requests are few", async () => {
    const { code, stdout, stderr } = await bring();
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const receipt = jsonLines(stdout).at(-1);
    expect(receipt).toMatchObject({ type: "receipt", outcome: "whole", books: titles.length, failedSlots: 0 });
    const { requests, total } = await sandbox.stats();
    // The shapes say which books are complex and which of their leaves hold text; asked of the sandbox, not of the tool.
    const expected = await requestsByShape(sandbox.url, titles);
    note(`requests ${JSON.stringify(requests)}, at most ${expected + 1}`);
    expect(requests.contents).toBe(1);
    expect(requests.index).toBe(titles.length);
    expect(total).toBeLessThanOrEqual(expected + 1);
  });

  test("a second run asks for no text", async () => {
    await sandbox.reset();
    const { code } = await bring();
    const { requests } = await sandbox.stats();
    note(`second run: ${JSON.stringify(requests)}`);
    expect(code).toBe(0);
    expect(requests.texts).toBe(0);
  });

  test("every version of every book equals the truth that other code made", async () => {
    const truth = readTruth(join(CORPUS, "truth.tsv"));
    const child = spawnCli(["dump", "segments", "--library", library]);
    const found = await truthOfDump(child.stdout);
    expect(await child.exited).toBe(0);
    const wrong = [...truth].filter(([key, row]) => JSON.stringify(found.get(key)) !== JSON.stringify(row));
    note(`${truth.size - wrong.length} of ${truth.size} versions equal the truth; ${found.size} in the library`);
    expect(wrong.map(([key]) => key)).toEqual([]);
    expect([...found.keys()].filter((key) => !truth.has(key))).toEqual([]);
  });

  test("verify finds everything accounted for, places of every kind among it", async () => {
    const { code, stdout } = await runCli(["verify", "--library", library, "--json"]);
    const report = jsonLines(stdout).at(-1);
    note(`verify: ${JSON.stringify(report)}`);
    expect(report).toMatchObject({ type: "report", isWhole: true, differences: 0, books: titles.length });
    expect(dangling(library)).toEqual([]);
    expect(code).toBe(0);
    const texts = report?.["texts"] as Record<string, number>;
    expect(texts["blank"]).toBeGreaterThan(0);
    expect(texts["irregular"]).toBeGreaterThan(0);
    expect(texts["notText"]).toBeDefined();
  });

  test("an array deeper than its schema keeps its text, under one number more", async () => {
    const { stdout } = await runCli(["dump", "segments", "--library", library, "--titles", "Ein Ayah"]);
    expect(jsonLines(stdout).map((row) => row["ref"])).toContain("Ein Ayah 2:2:1");
  });

  test("search: with marks and without, the same hits, the source first", async () => {
    const search = async (query: string) => {
      const { code, stdout } = await runCli(["search", query, "--library", library, "--json"]);
      expect(code).toBe(0);
      const lines = jsonLines<{ type: string; ref: string; versions: { text: string; license: string }[] }>(stdout);
      return lines.filter(({ type }) => type === "hit");
    };
    const [plain, marked] = await Promise.all([search("שמע ישראל"), search("שְׁמַע יִשְׂרָאֵל")]);
    const refs = plain.map((hit) => hit.ref);
    note(`search: ${refs.length} hits, first ${refs.slice(0, 3).join(", ")}`);
    expect(marked).toEqual(plain);
    expect(refs.length).toBeGreaterThanOrEqual(20);
    expect(refs.slice(0, 3)).toContain("Deuteronomy 6:4");
    for (const hit of plain) {
      expect(hit.versions.length).toBeGreaterThan(0);
      for (const version of hit.versions) expect(version).toMatchObject({ license: expect.any(String) as string });
    }
  });

  const questions = join(SHARED, "bench", "queries.jsonl");
  const hasQuestions = existsSync(questions);
  /** Asked in other words than the answer has: for engines by meaning. */
  const BY_MEANING = new Set(["question", "paraphrase"]);

  test.skipIf(!hasQuestions)(
    `search: nine of ten written questions of words have an expected place in the first five${hasQuestions ? "" : " (no questions beside the project: skipped)"}`,
    async () => {
      const reader = openLibrary(library);
      try {
        const qrels = readQrels(readFileSync(questions, "utf8"), questions);
        const engine = {
          name: "lexical",
          // The hit's own segment alone counts, not its neighbours.
          search: (query: string, limit: number) =>
            reader.search({ query, limit, grouping: "segment" }).hits.map((hit) => [hit.ref]),
        };
        const { queries } = await evaluate(reader.citations(), qrels, [engine]);
        expect(queries.filter(({ failure }) => failure !== null)).toEqual([]);
        const byWords = queries.filter(({ kind }) => !BY_MEANING.has(kind));
        const found = byWords.filter(({ rank }) => rank !== null && rank <= 5);
        note(`search: ${found.length} of ${byWords.length} questions of words have an answer in the first five`);
        expect(byWords.length).toBeGreaterThan(0);
        expect(found.length / byWords.length).toBeGreaterThanOrEqual(0.9);
      } finally {
        reader.close();
      }
    },
  );
});

/** 2 for a simple book, 1 + its leaves that have text for a complex one. */
async function requestsByShape(url: string, titles: readonly string[]): Promise<number> {
  let sum = 0;
  for (const title of titles) {
    const path = encodeURIComponent(title.replaceAll(" ", "_"));
    const index = (await (await fetch(`${url}/api/v2/index/${path}?with_content_counts=1`)).json()) as {
      schema: Outline;
    };
    sum += 1 + (index.schema.nodes === undefined ? 1 : filledLeaves(index.schema));
  }
  return sum;
}

function filledLeaves(node: Outline & { readonly content_counts?: unknown }): number {
  if (node.nodes !== undefined) return node.nodes.reduce((sum, child) => sum + filledLeaves(child), 0);
  return hasText(node.content_counts) ? 1 : 0;
}

function hasText(counts: unknown): boolean {
  return Array.isArray(counts) ? counts.some(hasText) : typeof counts === "number" && counts > 0;
}
