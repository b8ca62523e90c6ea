import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { FakeElastic, FakePinecone } from "@sofer/sinks/testing";
import { openLibrary, vectorsPath } from "@sofer/store";
import { embeddingText } from "@sofer/text";
import { jsonLines, runCli, spawnCli, tempDir } from "../support.ts";
import { EVERYTHING, note } from "./support.ts";

// kill -9 at ten points of embedding and pushing, one after the other, on one library: what was answered is never asked
// again, but for what was in flight; and every sink ends with exactly what an undisturbed run gives it.
const CONCURRENCY = 3;
const BATCH = 4;
const DIMENSIONS = 64;
/** Hundredths of the vectors, then of the ledger rows of both sinks. */
const EMBED_POINTS = [2, 15, 35, 60, 85, 99];
const PUSH_POINTS = [1, 30, 55, 85];

const folder = tempDir();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    library: generateLibrary({ seed: "answers-kill", books: 40, scale: 0.3 }),
    latencyMs: 15,
  });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const KEY = "pc-key";

/** Where one library's chunks go. */
function sinksOf(name: string) {
  return { file: folder.file(`${name}.jsonl`), elastic: new FakeElastic(), pinecone: new FakePinecone(KEY) };
}
type Sinks = ReturnType<typeof sinksOf>;

const SINKS = ["embedded", "jsonl", "elasticsearch", "pinecone"];
const wordsFor = (library: string, { file, elastic, pinecone }: Sinks) =>
  ["ingest", "--titles", ...EVERYTHING].concat(
    ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--pace-file", folder.file("pace.sqlite")],
    ["--library", library, "--quiet", "--json", "--max-workers", "2"],
    ["--embed", "openai-compatible:words", "--embed-url", `${sandbox.url}/v1`, "--dimensions", String(DIMENSIONS)],
    ["--embed-batch", String(BATCH), "--embed-concurrency", String(CONCURRENCY)],
    ["--push-batch", "5", "--push-concurrency", "2", "--to", "embedded", `jsonl=${file}`],
    [`elasticsearch=${elastic.url},profile=vector`, `pinecone=library,control=${pinecone.url}`],
  );

function countIn(path: string, sql: string): number {
  if (!existsSync(path)) return 0;
  try {
    using database = new Database(path, { readonly: true });
    database.run("PRAGMA busy_timeout = 2000");
    return database.query<{ count: number }, []>(sql).get()?.count ?? 0;
  } catch (error) {
    // Between the making of the file and that of its tables.
    if (error instanceof Error && error.message.includes("no such table")) return 0;
    throw error;
  }
}

/** What a store holds, in any order it may have been sent in. */
const rowsOfElastic = ({ elastic }: Sinks) =>
  [...(elastic.indexes.get("sofer")?.documents ?? [])]
    .map(([id, { source }]) => JSON.stringify([id, source]))
    .toSorted();
const rowsOfPinecone = ({ pinecone }: Sinks) =>
  [...pinecone.held("library", "sofer")].map(([id, vector]) => JSON.stringify([id, vector])).toSorted();

const vectorsIn = (library: string) => countIn(vectorsPath(library), "SELECT count(*) AS count FROM vector");
const ledgerRows = (library: string) => countIn(library, "SELECT count(*) AS count FROM ledger");

function rowsOfFile(path: string): string[] {
  return jsonLines(readFileSync(path, "utf8"))
    .slice(1)
    .map((line) => JSON.stringify(line))
    .toSorted();
}

function rowsOfEmbedded(library: string): string[] {
  using database = new Database(vectorsPath(library), { readonly: true });
  return database
    .query<Record<string, string>, []>(
      `SELECT hex(chunk) AS chunk, hex(content_hash) AS hash, hex(numbers) AS numbers
       FROM held JOIN vector ON vector.id = vector_id ORDER BY chunk`,
    )
    .all()
    .map((row) => JSON.stringify(row));
}

test("ten kills: nothing is paid for twice but what was in flight, and every sink holds exactly the ledger", async () => {
  const calm = { library: folder.file("calm.sqlite"), ...sinksOf("calm") };
  const env = { PINECONE_API_KEY: KEY };
  const undisturbed = await runCli(wordsFor(calm.library, calm), { env });
  expect(undisturbed.stderr).toBe("");
  expect(undisturbed.code).toBe(0);
  const texts = sandbox.embeddingStats();
  const library = openLibrary(calm.library);
  const distinct = new Set([...library.chunks({ profile: "vector" })].map(({ text }) => embeddingText(text))).size;
  const chunks = library.chunkProfiles().get("vector") ?? 0;
  library.close();
  // Without a kill each different text is asked once.
  expect([texts.texts, texts.distinct, texts.embedded]).toEqual([distinct, distinct, distinct]);
  note(`${chunks} chunks, ${distinct} different texts`);

  const shaken = { library: folder.file("shaken.sqlite"), ...sinksOf("shaken") };
  const words = wordsFor(shaken.library, shaken);
  sandbox.resetStats();
  let repeated = 0;
  const points = [
    ...EMBED_POINTS.map((percent) => ({
      count: vectorsIn,
      at: Math.ceil((distinct * percent) / 100),
      what: "vectors",
    })),
    ...PUSH_POINTS.map((percent) => ({
      count: ledgerRows,
      at: Math.ceil((chunks * SINKS.length * percent) / 100),
      what: "ledger rows",
    })),
  ];
  for (const { count, at, what } of points) {
    const before = { asked: sandbox.embeddingStats().texts, kept: vectorsIn(shaken.library) };
    const child = spawnCli(words, { env });
    const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    while (count(shaken.library) < at && child.exitCode === null) await Bun.sleep(2);
    child.kill("SIGKILL");
    await child.exited;
    const [, stderr] = await said;
    expect({ signal: child.signalCode, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    // What had been sent arrives, although nobody waits for it any more.
    await Bun.sleep(60);
    const kept = vectorsIn(shaken.library);
    const lost = sandbox.embeddingStats().texts - before.asked - (kept - before.kept);
    note(`killed at ${count(shaken.library)} ${what}: ${lost} texts were in flight`);
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThanOrEqual(CONCURRENCY * BATCH);
    repeated += lost;
  }

  const last = await runCli(words, { env });
  expect(last.stderr).toBe("");
  expect(last.code).toBe(0);
  const asked = sandbox.embeddingStats();
  expect(asked.distinct).toBe(distinct);
  expect(asked.texts).toBe(distinct + repeated);
  expect(vectorsIn(shaken.library)).toBe(distinct);
  note(`${asked.texts} texts asked for ${distinct}: ${repeated} again after ten kills`);

  expect(rowsOfFile(shaken.file)).toEqual(rowsOfFile(calm.file));
  expect(rowsOfEmbedded(shaken.library)).toEqual(rowsOfEmbedded(calm.library));
  expect(rowsOfElastic(shaken)).toEqual(rowsOfElastic(calm));
  expect(rowsOfPinecone(shaken)).toEqual(rowsOfPinecone(calm));
  expect([rowsOfElastic(calm).length, rowsOfPinecone(calm).length]).toEqual([chunks, chunks]);
  for (const sink of SINKS) {
    const pace = ["--pace-file", folder.file("pace.sqlite")];
    const verified = await runCli(["verify", "--sink", sink, "--library", shaken.library, "--json", ...pace], { env });
    expect(verified.code).toBe(0);
    expect(jsonLines(verified.stdout).at(-1)).toMatchObject({
      same: chunks,
      missing: 0,
      only: 0,
      different: 0,
      unpushed: 0,
    });
  }
  for (const { elastic, pinecone } of [calm, shaken]) await Promise.all([elastic.stop(), pinecone.stop()]);
});
