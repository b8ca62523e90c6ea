import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { openLibrary } from "@sofer/store";
import { jsonLines, runCli, tempDir } from "./support.ts";

// Words, meaning and both, by the program: the sandbox's vectors are made of words, so a chunk's own text is nearest to it.
const folder = tempDir();
const library = folder.file("library.sqlite");
const flags = ["--library", library, "--pace-file", folder.file("pace.sqlite")];
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "meaning" }) });
  const embedder = ["--embed", "openai-compatible:words", "--embed-url", `${sandbox.url}/v1`, "--dimensions", "64"];
  const source = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--titles", "category:Mishnah"];
  const end = await runCli(["ingest", ...source, "--quiet", ...embedder, "--to", "embedded", ...flags]);
  expect([end.stderr, end.code]).toEqual(["", 0]);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

interface Line {
  readonly ref?: string;
  readonly why?: readonly { readonly by: string; readonly chunk?: string; readonly rank?: number }[];
}

async function search(query: string, ...more: string[]) {
  const end = await runCli(["search", query, ...more, "--json", "--quiet", ...flags]);
  expect(end.stderr).toBe("");
  expect(end.code).toBe(0);
  return jsonLines<Line>(end.stdout).filter((line) => line.ref !== undefined);
}

test("by meaning, the chunk that is meant comes first; by both, what words and meaning agree on", async () => {
  const reader = openLibrary(library);
  const wanted = [...reader.chunks({ profile: "vector" })][4];
  reader.close();
  if (wanted === undefined) throw new Error("the library has too few chunks");
  const asked = sandbox.embeddingStats().texts;
  const found = await search(wanted.text.slice(0, 400), "--by", "vector");
  // One text, by the embedder that the vectors were made with: nobody named it again.
  expect(sandbox.embeddingStats().texts).toBe(asked + 1);
  expect(found[0]?.why).toMatchObject([{ by: "vector", rank: 1, chunk: wanted.id }]);
  const words = wanted.text.split(/\s+/).slice(0, 2).join(" ");
  const both = await search(words, "--by", "hybrid");
  expect(new Set(both.flatMap(({ why }) => why?.map(({ by }) => by) ?? []))).toEqual(new Set(["lexical", "vector"]));
  const filtered = await search(words, "--by", "vector", "--titles", wanted.title, "--languages", wanted.language);
  expect(filtered.length).toBeGreaterThan(0);
  expect(filtered.every(({ ref }) => ref?.startsWith(wanted.title) === true)).toBe(true);
});

test("without vectors it says what to do", async () => {
  const empty = folder.file("empty.sqlite");
  const source = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--titles", "Mishnah Neharot"];
  const more = ["--library", empty, "--pace-file", folder.file("pace.sqlite")];
  expect((await runCli(["ingest", ...source, "--quiet", ...more])).code).toBe(0);
  const end = await runCli(["search", "lamp", "--by", "vector", ...more]);
  expect(end.code).toBe(2);
  expect(end.stderr).toContain("sofer push --to embedded");
});
