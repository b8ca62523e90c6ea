import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { jsonLines, runCli, tempDir } from "./support.ts";

setDefaultTimeout(60_000);
const folder = tempDir();
const LIBRARY = folder.file("library.sqlite");
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary() });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

const sofer = (...words: string[]) => runCli([...words, "--library", LIBRARY]);

function ingest(...words: string[]) {
  const tuning = ["--base-url", sandbox.url, "--rate", "0", "--max-workers", "1", "--json"];
  return sofer("ingest", ...tuning, "--pace-file", folder.file("pace.sqlite"), ...words);
}

/** Scroll of Gates has a version of each: Public Domain, CC0, CC-BY-SA, CC-BY-NC, unknown. */
test("a policy on licences is kept at ingest and at search, and what it leaves out is named", async () => {
  const { code, stdout } = await ingest("--titles", "Scroll of Gates", "--versions", "all", "--licenses", "open");
  expect(code).toBe(0);
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    outcome: "whole",
    versions: 3,
    excludedVersions: { licence: { versions: 2, texts: 209 } },
    excludedByLicence: [
      { title: "Scroll of Gates", versionTitle: "A Partial Translation", license: "CC-BY-NC", texts: 122 },
      { title: "Scroll of Gates", versionTitle: "Traduction du bac [fr]", license: "unknown", texts: 87 },
    ],
  });
  const dump = jsonLines<{ text: string; versionTitle: string }>((await sofer("dump", "segments")).stdout);
  const text = dump.find((row) => row.versionTitle === "Sandbox Hebrew Edition")?.text ?? "";
  const words = text.split(" ").slice(0, 2).join(" ");
  const search = async (licence: string) =>
    jsonLines<{ type: string; versions: { license: string }[] }>(
      (await sofer("search", words, "--licenses", licence, "--json")).stdout,
    ).filter(({ type }) => type === "hit");
  const hits = await search("public-domain");
  expect(hits.length).toBeGreaterThan(0);
  const licenses = new Set(hits.flatMap((hit) => hit.versions.map((version) => version.license)));
  expect([...licenses].filter((license) => license !== "Public Domain" && license !== "CC0")).toEqual([]);
  expect(await search("CC-BY-NC")).toEqual([]);
});

test("versions that `best` does not even ask for because of their licence are named too; `unknown` is one", async () => {
  const titles = ["--titles", "Scroll of Rivers", "Scroll of Gates"];
  const { stdout } = await ingest(...titles, "--licenses", "unknown", "Public Domain");
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    excludedByLicence: expect.arrayContaining([
      expect.objectContaining({ versionTitle: "Publisher's Edition", license: "Copyright: A Publisher", texts: 0 }),
    ]),
  });
});

test("attribution, corpus.lock and backup of that library", async () => {
  const page = folder.file("ATTRIBUTION.md");
  expect(await sofer("attribution", "--output", page, "--titles", "Scroll of Gates")).toMatchObject({
    code: 0,
    stdout: "",
  });
  const rows = readFileSync(page, "utf8").split("\n");
  expect(rows).toContain("## Scroll of Gates · מגילת שערים");
  expect(rows.filter((row) => row.includes("](https://www.sefaria.org/Scroll_of_Gates)"))).toHaveLength(4);

  const lock = folder.file("corpus.lock");
  const written = await sofer("hash", "--write", lock);
  expect(written.code).toBe(0);
  expect(written.stdout).toMatch(/^[0-9a-f]{64}\n$/);
  const hash = written.stdout.trim();
  expect(await sofer("hash", "--check", lock)).toMatchObject({ code: 0, stdout: `${hash}  as locked\n` });

  const copy = folder.file("copy.sqlite");
  expect((await sofer("backup", copy)).code).toBe(0);
  expect(await sofer("backup", copy)).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
  expect((await runCli(["hash", "--library", copy])).stdout.trim()).toBe(hash);

  await ingest("--titles", "Poem of the Scribe");
  const changed = await sofer("hash", "--check", lock);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain("+ Poem of the Scribe  not in the lock\n");
});
