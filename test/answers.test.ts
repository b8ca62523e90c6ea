import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { vectorKey } from "@sofer/engine";
import { generateLibrary, startSandbox, type EmbeddingFault, type Sandbox } from "@sofer/sandbox";
import { openLibrary, openNearest, openVectorCache, vectorsPath } from "@sofer/store";
import { embeddingText } from "@sofer/text";
import { jsonLines, runCli, tempDir } from "./support.ts";

// From chunks to answers, by the program: embedding against a local endpoint that counts texts, pushing to real sinks.
const folder = tempDir();
const KEY = "sk-test-never-to-be-seen";
const DIMENSIONS = 32;
let sandbox: Sandbox;
/** Ingested once; each test works on a copy. */
let ingested: string;

const flags = (library: string) => ["--library", library, "--pace-file", `${library}.pace`, "--json"];
const embedder = () => [
  "--embed",
  "openai-compatible:words",
  "--embed-url",
  `${sandbox.url}/v1`,
  "--dimensions",
  String(DIMENSIONS),
];
const source = () =>
  ["--base-url", sandbox.url, "--source", "service", "--rate", "0"].concat("--titles", "category:Mishnah");
const QUICK = ["--initial-backoff", "0.001"];
const env = { EMBED_API_KEY: KEY };

const run = async (words: readonly string[]) => {
  const ended = await runCli(words, { env });
  expect(`${ended.stdout}${ended.stderr}`).not.toContain(KEY);
  return { ...ended, lines: words.includes("--json") ? jsonLines(ended.stdout) : [] };
};
const lineOf = (lines: readonly Record<string, unknown>[], type: string) => lines.find((line) => line["type"] === type);

function copyOf(name: string): string {
  const library = folder.file(`${name}.sqlite`);
  copyFileSync(ingested, library);
  return library;
}

/** What is to be embedded, read from the library by the test. */
function distinctTexts(path: string): Set<string> {
  const library = openLibrary(path);
  try {
    return new Set([...library.chunks({ profile: "vector" })].map(({ text }) => embeddingText(text)));
  } finally {
    library.close();
  }
}

function chunkIds(path: string, profile = "vector"): string[] {
  using database = new Database(path, { readonly: true });
  const rows = database
    .query<{ key: string }, [string]>("SELECT key FROM chunk WHERE profile = ? ORDER BY key")
    .all(profile);
  return rows.map(({ key }) => key);
}

function ledgerIds(path: string, sink: string): string[] {
  using database = new Database(path, { readonly: true });
  return database
    .query<{ key: string }, [string]>(
      "SELECT chunk_key AS key FROM ledger JOIN sink ON sink.id = sink_id WHERE name = ? ORDER BY chunk_key",
    )
    .all(sink)
    .map(({ key }) => key);
}

function failuresOf(path: string): { unitId: string; code: string; place: string }[] {
  const library = openLibrary(path);
  try {
    return library.failures().map(({ unitId, code, place }) => ({ unitId, code, place }));
  } finally {
    library.close();
  }
}

const idsInFile = (path: string) =>
  jsonLines(readFileSync(path, "utf8"))
    .flatMap((line) => (line["type"] === "chunk" ? [String(line["id"])] : []))
    .toSorted();

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "answers" }) });
  ingested = folder.file("ingested.sqlite");
  const end = await runCli(["ingest", ...source(), "--quiet", ...flags(ingested)]);
  expect(end.stderr).toBe("");
  expect(end.code).toBe(0);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const faults = (...rules: readonly EmbeddingFault[]) => {
  sandbox.setEmbeddingFaults(rules);
  sandbox.resetStats();
};

describe("the whole road", () => {
  test("ingest --embed --to: each text is asked once, every sink holds the ledger, a second run asks nothing", async () => {
    faults();
    const library = copyOf("road");
    const file = folder.file("road.jsonl");
    const to = ["--to", "embedded", `jsonl=${file},name=texts,profile=lexical`];
    const words = ["ingest", ...source(), "--quiet", ...embedder(), ...to, ...flags(library)];
    const first = await run(words);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    const lexical = chunkIds(library, "lexical");
    const { lines } = first;
    // jsonl takes vectors too, of its own profile.
    const asked = sandbox.embeddingStats();
    expect(asked.texts).toBe(asked.distinct);
    expect(asked.distinct).toBe(distinctOf(library, ["vector", "lexical"]));
    expect(lineOf(lines, "embedded")).toMatchObject({ outcome: "whole", embedded: asked.texts, known: 0, failed: 0 });
    expect(ledgerIds(library, "embedded")).toEqual(chunkIds(library));
    expect(ledgerIds(library, "texts")).toEqual(lexical);
    expect(idsInFile(file)).toEqual(lexical);

    const again = await run(words);
    expect(again.code).toBe(0);
    expect(sandbox.embeddingStats().texts).toBe(asked.texts);
    expect(again.lines.filter((line) => line["type"] === "pushed").map((line) => line["pushed"])).toEqual([0, 0]);
  });

  test("another sink, and another library, cost nothing for texts that have a vector", async () => {
    faults();
    const library = copyOf("second");
    expect((await run(["embed", ...embedder(), ...flags(library)])).code).toBe(0);
    const { texts } = sandbox.embeddingStats();
    expect(texts).toBe(distinctTexts(library).size);
    const file = folder.file("second.jsonl");
    const pushed = await run(["push", "--to", `jsonl=${file}`, ...embedder(), ...flags(library)]);
    expect(lineOf(pushed.lines, "pushed")).toMatchObject({ outcome: "whole", waiting: 0, failed: 0 });
    const vectors = jsonLines<{ type: string; vector?: number[] }>(readFileSync(file, "utf8")).slice(1);
    expect(vectors.every(({ vector }) => vector?.length === DIMENSIONS)).toBe(true);
    // By its name alone, as it was the last time.
    expect(lineOf((await run(["push", "jsonl", ...flags(library)])).lines, "pushed")).toMatchObject({ pushed: 0 });
    const other = copyOf("third");
    copyFileSync(vectorsPath(library), vectorsPath(other));
    const known = await run(["embed", ...embedder(), ...flags(other)]);
    expect(lineOf(known.lines, "embedded")).toMatchObject({ embedded: 0, known: texts });
    expect(sandbox.embeddingStats().texts).toBe(texts);
  });

  test("ingest embeds and pushes the books it was asked for, and no others that the library has", async () => {
    faults();
    const library = copyOf("asked");
    const file = folder.file("asked.jsonl");
    const reader = openLibrary(library);
    const [title = ""] = reader.books().map((book) => book.title);
    const wanted = [...reader.chunks({ profile: "vector", titles: [title] })].map(({ id }) => id);
    reader.close();
    expect(wanted.length).toBeLessThan(chunkIds(library).length);
    const from = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--titles", title, "--quiet"];
    const end = await run(["ingest", ...from, ...embedder(), "--to", `jsonl=${file}`, ...flags(library)]);
    expect(end.code).toBe(0);
    expect(sandbox.embeddingStats().texts).toBe(wanted.length);
    expect(idsInFile(file)).toEqual(wanted.toSorted());
    // The whole library is a matter of the verbs.
    expect((await run(["embed", ...embedder(), ...flags(library)])).code).toBe(0);
    expect((await run(["push", ...flags(library)])).code).toBe(0);
    expect(idsInFile(file)).toEqual(chunkIds(library));
  });

  test("a prefix for documents makes other vectors, and is remembered with the sink", async () => {
    faults();
    const library = copyOf("prefix");
    const prefix = ["--document-prefix", "search_document: "];
    const plain = await run(["embed", ...embedder(), ...flags(library)]);
    const { texts } = sandbox.embeddingStats();
    expect(plain.code).toBe(0);
    expect((await run(["embed", ...embedder(), ...prefix, ...flags(library)])).code).toBe(0);
    expect(sandbox.embeddingStats()).toMatchObject({ texts: texts * 2, distinct: texts * 2 });
    expect((await run(["push", "--to", "embedded", ...embedder(), ...prefix, ...flags(library)])).code).toBe(0);
    const again = await run(["push", ...flags(library)]);
    expect(lineOf(again.lines, "pushed")).toMatchObject({ pushed: 0, unchanged: chunkIds(library).length });
  });

  test("what was pushed to the embedded store is found by meaning", async () => {
    faults();
    const library = copyOf("find");
    expect((await run(["embed", ...embedder(), ...flags(library)])).code).toBe(0);
    expect((await run(["push", "--to", "embedded", ...embedder(), ...flags(library)])).code).toBe(0);
    const reader = openLibrary(library);
    const chunks = [...reader.chunks({ profile: "vector" })];
    reader.close();
    const wanted = chunks[5];
    if (wanted === undefined) throw new Error("the library has too few chunks");
    const answer = await fetch(`${sandbox.url}/v1/embeddings`, {
      method: "POST",
      body: JSON.stringify({ model: "words", dimensions: DIMENSIONS, input: [embeddingText(wanted.text)] }),
    });
    const { data } = (await answer.json()) as { data: { embedding: number[] }[] };
    using nearest = openNearest(library);
    expect(nearest?.nearest(Float32Array.from(data[0]?.embedding ?? []), 1)[0]?.chunk).toBe(wanted.id);
  });
});

/** Of several profiles together: the same text in two of them is one. */
function distinctOf(path: string, profiles: readonly string[]): number {
  const library = openLibrary(path);
  try {
    return new Set(
      profiles.flatMap((profile) => [...library.chunks({ profile })].map(({ text }) => embeddingText(text))),
    ).size;
  } finally {
    library.close();
  }
}

describe("an embedder that goes wrong", () => {
  test.each<[string, readonly EmbeddingFault[]]>([
    [
      "fails one call in ten",
      [
        { kind: "status", percent: 10 },
        { kind: "throttle", times: 2, retryAfter: "0.01" },
      ],
    ],
    ["answers in another order", [{ kind: "shuffle" }]],
    ["returns short batches", [{ kind: "short", percent: 50 }]],
    ["returns a vector of another dimension now and then", [{ kind: "wrong-dimension", percent: 50 }]],
    ["returns numbers that are none", [{ kind: "not-finite", percent: 50 }]],
    [
      "returns zeros, errors with status 200",
      [
        { kind: "zero", percent: 30 },
        { kind: "error", percent: 20 },
      ],
    ],
  ])("%s: every text has its own vector in the end", async (name, rules) => {
    faults(...rules);
    const library = copyOf(name.replaceAll(/\W/g, "-"));
    const ended = await run(["embed", ...embedder(), ...QUICK, "--embed-batch", "4", ...flags(library)]);
    expect(ended.code).toBe(0);
    expect(sandbox.embeddingStats().faults).toBeGreaterThan(0);
    expect(failuresOf(library)).toEqual([]);
    await expectRightVectors(library);
  });

  test("texts that never come right are named, nothing is marked done wrongly, and retry heals all", async () => {
    const library = copyOf("healed");
    const texts = [...distinctTexts(library)];
    faults({ kind: "not-finite", match: texts[3] ?? "" }, { kind: "refuse", match: texts[12] ?? "" });
    const file = folder.file("healed.jsonl");
    const words = [...embedder(), ...QUICK, "--max-retries", "2", "--embed-batch", "8"];
    const first = await run(["embed", ...words, ...flags(library)]);
    expect(first.code).toBe(1);
    expect(lineOf(first.lines, "embedded")).toMatchObject({
      outcome: "failures",
      failed: 2,
      embedded: texts.length - 2,
    });
    const failures = failuresOf(library);
    expect(failures.map(({ code }) => code).toSorted()).toEqual(["bad-item", "bad-vectors"]);
    for (const { unitId, place } of failures) {
      expect(unitId).toStartWith("embed:");
      expect(place).toStartWith("Mishnah ");
    }
    const pushed = await run(["push", "--to", `jsonl=${file}`, ...embedder(), ...flags(library)]);
    expect(pushed.code).toBe(1);
    const receipt = lineOf(pushed.lines, "pushed");
    expect(receipt?.["waiting"]).toBeGreaterThanOrEqual(2);
    expect(idsInFile(file).length).toBe(chunkIds(library).length - Number(receipt?.["waiting"]));
    // The books themselves are whole, and to bring them again heals nothing of this.
    const brought = await run(["ingest", ...source(), "--quiet", ...flags(library)]);
    expect([brought.code, lineOf(brought.lines, "receipt")?.["failures"]]).toEqual([0, []]);
    expect(failuresOf(library).map(({ unitId }) => unitId)).toEqual(failures.map(({ unitId }) => unitId));
    expect((await run(["verify", ...flags(library)])).code).toBe(0);
    const status = await run(["status", "--library", library]);
    expect(status.code).toBe(1);
    expect(status.stdout).toContain(`sink     jsonl: ${idsInFile(file).length} chunks acknowledged`);

    faults();
    const healed = await run(["retry", ...flags(library)]);
    expect(healed.code).toBe(0);
    expect(sandbox.embeddingStats().texts).toBe(2);
    expect(failuresOf(library)).toEqual([]);
    expect(idsInFile(file)).toEqual(chunkIds(library));
    await expectRightVectors(library);
  });

  test("one that refuses everything, or the key, ends at once and says so", async () => {
    const library = copyOf("refused");
    faults({ kind: "refuse" });
    const refused = await run(["embed", ...embedder(), "--embed-concurrency", "1", ...flags(library)]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("refuses every text");
    faults({ kind: "status", status: 401 });
    const unauthorized = await run(["embed", ...embedder(), ...flags(library)]);
    expect(unauthorized.code).toBe(3);
    expect(sandbox.embeddingStats().requests).toBeLessThanOrEqual(4);
    expect(failuresOf(library).filter(({ unitId }) => unitId === "embed")).toMatchObject([{ code: "unauthorized" }]);
    // The road goes on to what needs no vectors, and the later run has only the embedding to do.
    const file = folder.file("refused.jsonl");
    const to = ["--to", "embedded", `jsonl=${file}`];
    const road = await run(["ingest", ...source(), "--quiet", ...embedder(), ...to, ...flags(library)]);
    expect(road.code).toBe(3);
    expect(road.lines.filter((line) => line["type"] === "pushed")).toMatchObject([{ pushed: 0 }, { pushed: 0 }]);
    faults();
    expect((await run(["retry", ...flags(library)])).code).toBe(0);
    expect(failuresOf(library)).toEqual([]);
    expect(idsInFile(file)).toEqual(chunkIds(library));
    expect(ledgerIds(library, "embedded")).toEqual(chunkIds(library));
  });
});

/** Every vector that is kept, against the endpoint's own answer for that text alone. */
async function expectRightVectors(path: string): Promise<void> {
  const texts = [...distinctTexts(path)];
  sandbox.setEmbeddingFaults([]);
  const answer = await fetch(`${sandbox.url}/v1/embeddings`, {
    method: "POST",
    body: JSON.stringify({ model: "words", dimensions: DIMENSIONS, input: texts }),
  });
  const { data } = (await answer.json()) as { data: { embedding: number[] }[] };
  using cache = openVectorCache(path);
  expect(cache.count()).toBe(texts.length);
  for (const [at, text] of texts.entries()) {
    const key = vectorKey({ model: "openai-compatible:words", dimensions: DIMENSIONS }, "document", text);
    expect(cache.get(key)?.values).toEqual(Float32Array.from(data[at]?.embedding ?? []));
  }
}

describe("what it costs", () => {
  test("plan --embed counts exactly, less what is known; --max-cost refuses before anything is asked", async () => {
    faults();
    const library = copyOf("cost");
    const prices = folder.file("prices.json");
    writeFileSync(
      prices,
      JSON.stringify({ "openai-compatible:words": { usdPerMillionTokens: 1000, asOf: "2026-01-31" } }),
    );
    const planning = async () => {
      const { lines } = await run(["plan", ...source(), ...embedder(), "--prices", prices, ...flags(library)]);
      return lineOf(lines, "embed-plan");
    };
    const plan = await planning();
    const texts = distinctTexts(library);
    expect(plan).toMatchObject({ texts: texts.size, known: 0 });
    expect(plan?.["cost"]).toBeCloseTo(Number(plan?.["tokens"]) / 1000, 6);
    const words = ["embed", ...embedder(), "--prices", prices, ...flags(library)];
    const tooDear = await run([...words, "--max-cost", String(Number(plan?.["cost"]) - 0.001)]);
    expect(tooDear.code).toBe(2);
    expect(sandbox.embeddingStats().requests).toBe(0);
    const unpriced = await run(["embed", ...embedder(), ...flags(library), "--max-cost", "100"]);
    expect(unpriced.code).toBe(2);
    expect(unpriced.stderr).toContain("--prices");
    expect((await run([...words, "--max-cost", String(plan?.["cost"])])).code).toBe(0);
    expect(await planning()).toMatchObject({ texts: texts.size, known: texts.size, tokens: 0, cost: 0 });
  });
});

describe("drift", () => {
  test("verify --sink names what the store has lost or changed, repair --sink mends exactly that", async () => {
    faults();
    const library = copyOf("drift");
    const file = folder.file("drift.jsonl");
    expect((await run(["push", "--to", `jsonl=${file}`, ...flags(library)])).code).toBe(0);
    const right = readFileSync(file, "utf8");
    expect((await run(["verify", "--sink", "jsonl", ...flags(library)])).code).toBe(0);
    const lines = right.trimEnd().split("\n");
    const idOf = (line: string | undefined) => (JSON.parse(line ?? "") as { id: string }).id;
    const [lost, changed] = [lines[2], lines[5]];
    const stranger = (changed ?? "").replace(idOf(changed), "f".repeat(32));
    const altered = (changed ?? "").replace(/"contentHash":"[^"]*"/, `"contentHash":"${"0".repeat(32)}"`);
    const drifted = [...lines.filter((line) => line !== lost && line !== changed), altered, stranger];
    writeFileSync(file, `${drifted.join("\n")}\n`);
    const found = await run(["verify", "--sink", "jsonl", ...flags(library)]);
    expect(found.code).toBe(1);
    expect(lineOf(found.lines, "report")).toMatchObject({ missing: 1, different: 1, only: 1, same: lines.length - 3 });
    const drifts = found.lines.filter((line) => line["type"] === "drift");
    expect(drifts.map(({ sign, id }) => `${String(sign)} ${String(id)}`).toSorted()).toEqual(
      [`+ ${"f".repeat(32)}`, `- ${idOf(lost)}`, `* ${idOf(changed)}`].toSorted(),
    );
    const repaired = await run(["repair", "--sink", "jsonl", ...flags(library)]);
    expect(repaired.code).toBe(0);
    expect(lineOf(repaired.lines, "pushed")).toMatchObject({ pushed: 2 });
    expect(readFileSync(file, "utf8").trimEnd().split("\n").toSorted()).toEqual(lines.toSorted());
  });

  test("chunks that left the library leave the sink, after the new is in", async () => {
    faults();
    const library = copyOf("left");
    const file = folder.file("left.jsonl");
    expect((await run(["push", "--to", `jsonl=${file}`, ...flags(library)])).code).toBe(0);
    const [gone, ...left] = chunkIds(library);
    {
      using database = new Database(library);
      database.query("DELETE FROM span WHERE chunk_id = (SELECT id FROM chunk WHERE key = ?)").run(gone ?? "");
      database.query("DELETE FROM chunk WHERE key = ?").run(gone ?? "");
    }
    expect(lineOf((await run(["push", ...flags(library)])).lines, "pushed")).toMatchObject({ removed: 1, pushed: 0 });
    expect(idsInFile(file)).toEqual(left);
    expect(ledgerIds(library, "jsonl")).toEqual(left);
  });

  test("a sink that cannot be had for the whole first run catches up in the second", async () => {
    faults();
    const library = copyOf("down");
    const place = folder.file("place");
    writeFileSync(place, "a file where a folder should be");
    const file = `${place}/chunks.jsonl`;
    const both = ["--to", `jsonl=${file}`, `jsonl=${folder.file("other.jsonl")},name=other`];
    const first = await run(["push", ...both, ...flags(library)]);
    expect(first.code).toBe(1);
    // One that fails does not stop the other.
    expect(idsInFile(folder.file("other.jsonl"))).toEqual(chunkIds(library));
    expect(failuresOf(library).map(({ unitId }) => unitId)).toEqual(["push:jsonl"]);
    rmSync(place);
    mkdirSync(place);
    const second = await run(["retry", ...flags(library)]);
    expect(second.code).toBe(0);
    expect(idsInFile(file)).toEqual(chunkIds(library));
    expect(failuresOf(library)).toEqual([]);
  });

  test("other vectors are refused; an emptied sink takes them", async () => {
    faults();
    const library = copyOf("other");
    const other = [...embedder().slice(0, -1), "16"];
    expect((await run(["embed", ...embedder(), ...flags(library)])).code).toBe(0);
    expect((await run(["embed", ...other, ...flags(library)])).code).toBe(0);
    expect((await run(["push", "--to", "embedded", ...embedder(), ...flags(library)])).code).toBe(0);
    const refused = await run(["push", "--to", "embedded", ...other, ...flags(library)]);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain("mismatch");
    expect((await run(["verify", "--sink", "embedded", ...flags(library)])).code).toBe(0);
    expect((await run(["push", "embedded", "--empty", ...flags(library)])).code).toBe(0);
    expect((await run(["push", "--to", "embedded", ...other, ...flags(library)])).code).toBe(0);
    using nearest = openNearest(library);
    expect(nearest?.space.dimensions).toBe(16);
  });
});

describe("secrets", () => {
  test("from a file with mode 600; another mode is refused; config masks them and says where from", async () => {
    const file = folder.file("keys");
    writeFileSync(file, "PINECONE_API_KEY=pc-very-secret\n");
    chmodSync(file, 0o644);
    const open = await run(["config", "--secrets-file", file, "--json"]);
    expect(open.code).toBe(2);
    expect(open.stderr).toContain("chmod 600");
    chmodSync(file, 0o600);
    const shown = await run(["config", "--secrets-file", file]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).not.toContain("very-secret");
    expect(shown.stdout).toMatch(/PINECONE_API_KEY +\*+ +secrets file/);
    expect(shown.stdout).toMatch(/EMBED_API_KEY +\*+ +environment/);
    expect(shown.stdout).toMatch(/max-concurrent-requests +50 +default/);
  });

  test("keys are in no file that a run leaves, and passwords in no option", async () => {
    faults();
    const library = copyOf("secret");
    const log = folder.file("secret.log");
    const words = ["ingest", ...source(), ...embedder(), "--to", "embedded"];
    const ended = await run([...words, "--log-file", log, ...flags(library)]);
    expect(ended.code).toBe(0);
    for (const path of [library, `${library}-wal`, vectorsPath(library), log]) {
      expect((await Bun.file(path).exists()) ? await Bun.file(path).text() : "").not.toContain(KEY);
    }
    const refused = await run(["push", "--to", "jsonl=https://me:hunter2@host/x", ...flags(library)]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).not.toContain("hunter2");
  });
});
