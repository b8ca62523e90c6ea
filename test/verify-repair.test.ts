import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { verifyLibrary, type VerifyLine } from "@sofer/engine";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { hashLibrary, openLibrary } from "@sofer/store";
import { runCli, tempDir } from "./support.ts";

setDefaultTimeout(60_000);
const folder = tempDir();
const SOUND = folder.file("sound.sqlite");
const TITLES = ["Scroll of Lamps", "Guide of the Path", "Torn Pages"];
let sandbox: Sandbox;
let soundHash: string;

beforeAll(async () => {
  sandbox = await startSandbox({ library: demoLibrary(), logRequests: true });
  const run = await runCli(["ingest", "--versions", "all", "--titles", ...TITLES, ...network(SOUND)]);
  expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
  soundHash = hashOf(SOUND);
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

function network(library: string): string[] {
  const tuning = ["--base-url", sandbox.url, "--rate", "0", "--max-workers", "1"];
  return [...tuning, "--library", library, "--pace-file", folder.file("pace.sqlite")];
}

function hashOf(path: string): string {
  const library = openLibrary(path);
  try {
    return hashLibrary(library).library;
  } finally {
    library.close();
  }
}

let copies = 0;
/** A copy of the sound library, damaged as any SQLite tool could. */
function damaged(...statements: readonly string[]): string {
  const path = folder.file(`damaged-${++copies}.sqlite`);
  using sound = new Database(SOUND, { readonly: true });
  sound.query("VACUUM INTO ?").run(path);
  using database = new Database(path);
  for (const statement of statements) {
    expect([statement, database.run(statement).changes]).not.toEqual([statement, 0]);
  }
  return path;
}

async function verified(path: string, report?: string): Promise<string[]> {
  const library = openLibrary(path);
  const lines: VerifyLine[] = [];
  try {
    const { isWhole } = await verifyLibrary({ library, titles: null, onLine: (line) => lines.push(line) });
    expect(isWhole).toBe(lines.length === 0);
  } finally {
    library.close();
  }
  if (report !== undefined) {
    const rows = [...lines.map((line) => ({ type: "difference", ...line })), { type: "report" }];
    writeFileSync(report, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
  return lines.map(({ sign, about, ref, version }) =>
    [sign, about, ref, ...(version === null ? [] : [version.versionTitle])].join(" · "),
  );
}

/** Finds exactly these, mends them, and finds nothing more; returns the text requests that it took. */
async function mended(path: string, expected: readonly string[]): Promise<string[]> {
  const report = folder.file("report.jsonl");
  expect((await verified(path, report)).toSorted()).toEqual(expected.toSorted());
  sandbox.resetStats();
  const { code, stdout, stderr } = await runCli(["repair", "--report", report, ...network(path)]);
  expect([code, stderr, stdout]).toEqual([0, expect.any(String), expect.stringContaining("repaired:")]);
  expect(await verified(path)).toEqual([]);
  expect(hashOf(path)).toBe(soundHash);
  return sandbox
    .requests()
    .map((request) => decodeURIComponent(request.path.split("?")[0] ?? ""))
    .filter((asked) => asked.includes("/texts/"))
    .map((asked) => asked.replace(/^.*\//, ""));
}

const at = (ref: string, versionTitle: string) =>
  `id IN (SELECT segment_text_id FROM segments WHERE ref = '${ref}' AND version_title = '${versionTitle}')`;
const HE = "Sandbox Hebrew Edition";
const EN = "Annotated Translation";

test("a sound library has no difference", async () => {
  expect(await verified(SOUND)).toEqual([]);
});

test("a missing row, in one version of several: its place is found by the chunk that still points to it", async () => {
  const path = damaged(`DELETE FROM segment_text WHERE ${at("Guide of the Path, Part 1 2:1", HE)}`);
  expect(await verified(path)).toEqual([`- · text · Guide of the Path, Part 1 2:1 · ${HE}`]);
});

test("a missing place, with its segment and every text of it", async () => {
  const path = damaged(
    "DELETE FROM segment_text WHERE segment_id = (SELECT id FROM segment WHERE ref = 'Scroll of Lamps 2:3')",
    "DELETE FROM segment WHERE ref = 'Scroll of Lamps 2:3'",
  );
  expect(await verified(path)).toEqual([
    "- · text · Scroll of Lamps 2:3 · Sandbox English Translation",
    "- · text · Scroll of Lamps 2:3 · Pointed Text",
  ]);
});

test("a leaf that was never brought is one line, not one for each of its segments", async () => {
  const leaf = "(SELECT id FROM node WHERE title = 'Guide of the Path, Introduction')";
  const texts = `IN (SELECT t.id FROM segment_text t JOIN segment s ON s.id = t.segment_id WHERE s.node_id = ${leaf})`;
  const path = damaged(
    `DELETE FROM full_text WHERE rowid ${texts}`,
    `DELETE FROM segment_text WHERE id ${texts}`,
    `DELETE FROM holding WHERE node_id = ${leaf}`,
    `DELETE FROM settled WHERE node_id = ${leaf}`,
  );
  expect(await verified(path)).toEqual(["- · text · Guide of the Path, Introduction"]);
});

const PLANTED = `x'${new Bun.CryptoHasher("sha256").update("planted").digest("hex").slice(0, 32)}'`;
/** A row that looks as sound as any, at a segment that is there. */
const plant = (ref: string, title: string, versionTitle: string) =>
  `INSERT INTO segment_text (version_id, segment_id, text, hash, tokens)
   SELECT v.id, s.id, 'planted', ${PLANTED}, 1 FROM segment s, version v JOIN book b ON b.id = v.book_id
   WHERE s.ref = '${ref}' AND b.title = '${title}' AND v.version_title = '${versionTitle}'`;

test("an extra row: where the source has a blank, where it has nothing, in a leaf the version is not in", async () => {
  expect(await verified(damaged(plant("Torn Pages 1:2", "Torn Pages", "A Partial Translation")))).toEqual([
    "+ · text · Torn Pages 1:2 · A Partial Translation",
  ]);
  const beyond = plant("Scroll of Lamps 10:1", "Scroll of Lamps", "Sandbox English Translation");
  expect(await verified(damaged(beyond))).toEqual(["+ · text · Scroll of Lamps 10:1 · Sandbox English Translation"]);
  const two = ["9:1", "10:2"].map((at) =>
    plant(`Scroll of Lamps ${at}`, "Scroll of Lamps", "Sandbox English Translation"),
  );
  expect(await verified(damaged(...two))).toEqual([
    "+ · text · Scroll of Lamps 9:1 · Sandbox English Translation",
    "+ · text · Scroll of Lamps 10:2 · Sandbox English Translation",
  ]);
  const elsewhere = plant("Guide of the Path, Part 2 1:1", "Guide of the Path", "Part 1 Alone");
  expect(await verified(damaged(elsewhere))).toEqual(["+ · text · Guide of the Path, Part 2 1:1 · Part 1 Alone"]);
});

test("an altered text, with its hash left or made to fit", async () => {
  const where = at("Guide of the Path, Part 2 1:2", EN);
  const left = damaged(`UPDATE segment_text SET text = text || ' altered' WHERE ${where}`);
  expect(await verified(left)).toEqual([`* · text · Guide of the Path, Part 2 1:2 · ${EN}`]);
  const fitting = damaged(`UPDATE segment_text SET text = 'planted', hash = ${PLANTED} WHERE ${where}`);
  expect(await verified(fitting)).toContain(`* · text · Guide of the Path, Part 2 · ${EN}`);
});

test("a span cut short, and one in one profile only", async () => {
  const of = (profile: string) =>
    `segment_text_id IN (SELECT id FROM segment_text WHERE ${at("Scroll of Lamps 3:2", "Pointed Text")})
     AND chunk_id IN (SELECT id FROM chunk WHERE profile = '${profile}')`;
  const expected = ["- · chunk · Scroll of Lamps 3:2 · Pointed Text"];
  expect(await verified(damaged(`UPDATE span SET "end" = "end" - 3 WHERE ${of("lexical")}`))).toEqual(expected);
  expect(await verified(damaged(`DELETE FROM span WHERE ${of("vector")}`))).toEqual(expected);
});

test("missing spans and index rows, and rows that point nowhere, are mended without the network", async () => {
  const textIds = (ref: string, title: string) => `IN (SELECT id FROM segment_text WHERE ${at(ref, title)})`;
  const path = damaged(
    `DELETE FROM span WHERE segment_text_id ${textIds("Scroll of Lamps 3:2", "Pointed Text")}`,
    `DELETE FROM full_text WHERE rowid ${textIds("Torn Pages 10:1", HE)}`,
    "INSERT INTO full_text (rowid, text) VALUES (999999, 'planted')",
    'INSERT INTO span (chunk_id, ord, segment_text_id, start, "end") VALUES (999999, 0, 1, 0, 1)',
    "INSERT INTO segment_text (version_id, segment_id, text, hash, tokens) VALUES (1, 999999, 'planted', zeroblob(16), 1)",
  );
  const asked = await mended(path, [
    "- · chunk · Scroll of Lamps 3:2 · Pointed Text",
    "- · chunk · Scroll of Lamps 3:2 · Pointed Text",
    `- · index · Torn Pages 10:1 · ${HE}`,
    "+ · stray · ",
    "+ · stray · ",
    "+ · stray · ",
  ]);
  expect([asked, sandbox.stats().total]).toEqual([[], 0]);
});

test("defects of every class at once: only the damaged leaves are brought again", async () => {
  const path = damaged(
    `DELETE FROM segment_text WHERE ${at("Guide of the Path, Part 1 2:1", HE)}`,
    `UPDATE segment_text SET text = 'altered' WHERE ${at("Guide of the Path, Part 1 3:1", EN)}`,
    `DELETE FROM span WHERE segment_text_id IN (SELECT id FROM segment_text WHERE ${at("Guide of the Path, Part 1 4:1", EN)})`,
    plant("Guide of the Path, Part 2 1:1", "Guide of the Path", "Part 1 Alone"),
    plant("Torn Pages 1:2", "Torn Pages", "A Partial Translation"),
    `DELETE FROM full_text WHERE rowid IN (SELECT id FROM segment_text WHERE ${at("Scroll of Lamps 1:1", "Pointed Text")})`,
  );
  const asked = await mended(path, [
    `- · text · Guide of the Path, Part 1 2:1 · ${HE}`,
    `* · text · Guide of the Path, Part 1 3:1 · ${EN}`,
    `- · chunk · Guide of the Path, Part 1 4:1 · ${EN}`,
    `- · chunk · Guide of the Path, Part 1 4:1 · ${EN}`,
    "+ · text · Guide of the Path, Part 2 1:1 · Part 1 Alone",
    "+ · text · Torn Pages 1:2 · A Partial Translation",
    "- · index · Scroll of Lamps 1:1 · Pointed Text",
  ]);
  expect(asked.toSorted()).toEqual(["Guide_of_the_Path,_Part_1", "Guide_of_the_Path,_Part_2", "Torn_Pages"]);
});

test("--deep compares with the source itself: it names the place, and sees what every count of ours would miss", async () => {
  const path = damaged(
    `UPDATE segment_text SET text = 'planted', hash = ${PLANTED} WHERE ${at("Guide of the Path, Part 2 1:2", EN)}`,
    `DELETE FROM segment_text WHERE ${at("Torn Pages 10:1", HE)}`,
    plant("Torn Pages 1:2", "Torn Pages", "A Partial Translation"),
  );
  const report = folder.file("deep.jsonl");
  const deep = await runCli(["verify", "--deep", "--json", "--report", report, ...network(path)]);
  const found = deep.stdout
    .split("\n")
    .flatMap((line) => (line.includes('"difference"') ? [JSON.parse(line) as VerifyLine] : []));
  expect(found.map(({ sign, about, ref }) => `${sign} · ${about} · ${ref}`).toSorted()).toEqual([
    "* · text · Guide of the Path, Part 2 1:2",
    "+ · text · Torn Pages 1:2",
    "- · text · Torn Pages 10:1",
  ]);
  expect(deep.code).toBe(1);
  const whole = await runCli(["verify", "--deep", "--json", ...network(SOUND)]);
  expect([whole.code, whole.stdout.split("\n").length]).toEqual([0, 2]);
});

test("what is no report is refused, and nothing to repair is no error", async () => {
  const file = folder.file("wrong.jsonl");
  const repair = () => runCli(["repair", "--report", file, "--library", SOUND]);
  writeFileSync(file, '{"type":"difference","sign":"?"}\n');
  expect(await repair()).toMatchObject({ code: 2, stderr: expect.stringContaining("line 1") });
  const report = await runCli(["verify", "--report", file, "--library", SOUND, "--json"]);
  expect(report.code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(report.stdout);
  expect(await repair()).toMatchObject({ code: 0, stdout: "" });
});

test("a library of the bucket: checksums say what is the same, only damaged files are downloaded again", async () => {
  const path = folder.file("bucket.sqlite");
  const words = [...network(path), "--bucket-url", sandbox.url];
  const run = await runCli(["ingest", "--source", "bucket", "--versions", "all", "--titles", ...TITLES, ...words]);
  expect([run.code, hashOf(path)]).toEqual([0, soundHash]);
  sandbox.resetStats();
  const objects = () => sandbox.requests().filter((request) => request.path.includes("/json/"));
  expect((await runCli(["verify", "--deep", ...words])).code).toBe(0);
  expect([sandbox.stats().total, objects()]).toEqual([TITLES.length, []]);

  using database = new Database(path);
  database.run(`UPDATE segment_text SET text = 'altered' WHERE ${at("Guide of the Path, Part 1 3:1", EN)}`);
  database.run(`DELETE FROM segment_text WHERE ${at("Torn Pages 10:1", HE)}`);
  const report = folder.file("bucket.jsonl");
  expect(await verified(path, report)).toHaveLength(2);
  sandbox.resetStats();
  expect((await runCli(["repair", "--report", report, ...words])).code).toBe(0);
  expect(hashOf(path)).toBe(soundHash);
  expect(
    objects()
      .map((request) => decodeURIComponent(request.path.replace(/^.*\/json\/|\?.*$/g, "")))
      .toSorted(),
  ).toEqual([
    "Jewish Thought/Guide of the Path/English/Annotated Translation.json",
    "Jewish Thought/Torn Pages/Hebrew/Sandbox Hebrew Edition.json",
  ]);

  const at32 = { title: "Scroll of Lamps", language: "he", versionTitle: "Pointed Text", path: [2, 1] } as const;
  sandbox.edit({ kind: "change", ...at32, text: "another text" });
  const deep = await runCli(["verify", "--deep", ...words]);
  expect(deep.stdout.split("\n").filter((line) => /^[-+*!] /.test(line))).toEqual([
    "* Scroll of Lamps 3:2  he|Pointed Text  not the source's text",
  ]);
});
