import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { FakeElastic, FakePinecone } from "@sofer/sinks/testing";
import { vectorsPath } from "@sofer/store";
import { jsonLines, runCli, tempDir } from "./support.ts";

// Stores behind HTTP, by the program: down for a whole run, throttling, losing records; and what they are told of secrets.
const folder = tempDir();
const KEY = "pc-key-never-to-be-seen";
const PASSWORD = "es-password-never-to-be-seen";
const env = { PINECONE_API_KEY: KEY, ELASTICSEARCH_USERNAME: "sofer", ELASTICSEARCH_PASSWORD: PASSWORD };
const QUICK = ["--initial-backoff", "0.01", "--max-retries", "3"];
let sandbox: Sandbox;
let ingested: string;

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "remote" }) });
  ingested = folder.file("ingested.sqlite");
  const embedder = ["--embed", "openai-compatible:words", "--embed-url", `${sandbox.url}/v1`, "--dimensions", "32"];
  const source = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--titles", "category:Mishnah"];
  const end = await runCli([
    "ingest",
    ...source,
    ...embedder,
    "--profiles",
    "vector",
    "lexical",
    "--quiet",
    ...flags(ingested),
  ]);
  expect([end.stderr, end.code]).toEqual(["", 0]);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const flags = (library: string) => ["--library", library, "--pace-file", `${library}.pace`, "--json"];

async function run(words: readonly string[]) {
  const end = await runCli(words, { env });
  for (const secret of [KEY, PASSWORD]) expect(`${end.stdout}${end.stderr}`).not.toContain(secret);
  return { ...end, lines: jsonLines(end.stdout) };
}

function copyOf(name: string): string {
  const library = folder.file(`${name}.sqlite`);
  copyFileSync(ingested, library);
  copyFileSync(vectorsPath(ingested), vectorsPath(library));
  return library;
}

function rows(library: string, sql: string, ...values: string[]): string[] {
  using database = new Database(library, { readonly: true });
  return database
    .query<{ one: string }, string[]>(sql)
    .all(...values)
    .map(({ one }) => one);
}
const chunks = (library: string, profile: string) =>
  rows(library, "SELECT key AS one FROM chunk WHERE profile = ? ORDER BY key", profile);
const ledger = (library: string, sink: string) =>
  rows(
    library,
    "SELECT chunk_key AS one FROM ledger JOIN sink ON sink.id = sink_id WHERE name = ? ORDER BY chunk_key",
    sink,
  );
const failures = (library: string) => rows(library, "SELECT unit_id AS one FROM failure ORDER BY unit_id");

test("down for the whole first run: named; the second run catches up, to the last record", async () => {
  const library = copyOf("down");
  const elastic = new FakeElastic();
  const pinecone = new FakePinecone(KEY);
  await Promise.all([elastic.stop(), pinecone.stop()]);
  const embedder = ["--embed", "openai-compatible:words", "--embed-url", `${sandbox.url}/v1`, "--dimensions", "32"];
  const to = ["--to", `elasticsearch=${elastic.url}`, `pinecone=library,control=${pinecone.url}`];
  const first = await run(["push", ...to, ...embedder, ...QUICK, ...flags(library)]);
  expect(first.code).toBe(1);
  expect(first.lines).toMatchObject([
    { sink: "elasticsearch", outcome: "stopped", pushed: 0, error: { code: "unreachable" } },
    { sink: "pinecone", outcome: "stopped", pushed: 0, error: { code: "unreachable" } },
  ]);
  expect(failures(library)).toEqual(["push:elasticsearch", "push:pinecone"]);
  expect(ledger(library, "elasticsearch")).toEqual([]);

  elastic.start();
  pinecone.start();
  // And not at their best yet.
  elastic.fail({ status: 429, headers: { "retry-after": "0.05" }, path: "_bulk" });
  elastic.fail({ status: 503, path: "_bulk" });
  pinecone.fail({ status: 429, headers: { "retry-after": "0.05" }, path: "/vectors/upsert" });
  pinecone.fail({ status: 503, path: "/vectors/upsert" });
  const second = await run(["retry", ...QUICK, ...flags(library)]);
  expect(second.code).toBe(0);
  expect(failures(library)).toEqual([]);
  const documents = elastic.indexes.get("sofer")?.documents ?? new Map<string, never>();
  expect([...documents.keys()].toSorted()).toEqual(chunks(library, "lexical"));
  expect([...pinecone.held("library", "sofer").keys()].toSorted()).toEqual(chunks(library, "vector"));
  expect(ledger(library, "elasticsearch")).toEqual(chunks(library, "lexical"));
  expect(ledger(library, "pinecone")).toEqual(chunks(library, "vector"));

  // Drift, and its repair.
  const [lost = ""] = documents.keys();
  documents.delete(lost);
  const found = await run(["verify", "--sink", "elasticsearch", ...flags(library)]);
  expect(found.code).toBe(1);
  expect(found.lines).toMatchObject([
    { sign: "-", id: lost },
    { missing: 1, different: 0, only: 0 },
  ]);
  expect((await run(["repair", "--sink", "elasticsearch", ...flags(library)])).code).toBe(0);
  expect(documents.has(lost)).toBe(true);
  expect((await run(["verify", "--sink", "pinecone", ...flags(library)])).code).toBe(0);

  // A sink whose key is missing now does not keep the other from its part.
  const keyless = await runCli(["push", ...flags(library)], { env: { ...env, PINECONE_API_KEY: "" } });
  expect(keyless.code).toBe(2);
  expect(keyless.stderr).toContain("PINECONE_API_KEY is not set");
  expect(jsonLines(keyless.stdout)).toMatchObject([{ sink: "elasticsearch", outcome: "whole" }]);

  // Secrets go where they belong, and nowhere else.
  const addresses = [...elastic.requests, ...pinecone.requests].map(({ target }) => target).join("\n");
  const files = [library, `${library}-wal`, vectorsPath(library), `${library}.pace`].map((path) =>
    readFileSync(path).toString("latin1"),
  );
  for (const secret of [KEY, PASSWORD, Buffer.from(`sofer:${PASSWORD}`).toString("base64")]) {
    for (const text of [addresses, ...files]) expect(text).not.toContain(secret);
  }
  expect(pinecone.requests.every(({ headers }) => headers.get("api-key") === KEY)).toBe(true);
  await Promise.all([elastic.stop(), pinecone.stop()]);
});
