import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { demoLibrary, startSandbox } from "@sofer/sandbox";
import { runCli, tempDir } from "../support.ts";
import { countLosses, type TrueVersion } from "./count-losses.ts";
import { truthOf } from "./write-truth.ts";

/** The counter must see what it is there for. */
setDefaultTimeout(90_000);
const folder = tempDir();
const whole = folder.file("whole.sqlite");
const TITLE = "Scroll of Lamps";
let truth: readonly TrueVersion[] = [];

beforeAll(async () => {
  const sandbox = await startSandbox({ library: demoLibrary() });
  try {
    const where = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--library", whole];
    const own = ["--pace-file", folder.file("pace.sqlite"), "--quiet", "--versions", "all", "--titles", TITLE];
    expect((await runCli(["ingest", ...where, ...own])).code).toBe(0);
  } finally {
    await sandbox.stop();
  }
  truth = truthOf(demoLibrary()).filter(({ title }) => title === TITLE);
});
afterAll(() => folder.dispose());

/** A copy of the library after `sql`. */
function after(...sql: readonly string[]): string {
  const path = folder.file(`${Bun.randomUUIDv7()}.sqlite`);
  copyFileSync(whole, path);
  const database = new Database(path);
  database.run("PRAGMA foreign_keys = OFF");
  for (const statement of sql) database.run(statement);
  database.close();
  return path;
}

const NONE = { lost: 0, duplicated: 0, altered: 0, silent: 0 };
const FIRST = "(SELECT min(id) FROM segment_text)";

test("a whole library has lost nothing", () => {
  const counted = countLosses(whole, truth);
  expect(counted).toMatchObject(NONE);
  expect(counted.expected).toBeGreaterThan(100);
  expect(counted.held).toBe(counted.expected);
});

test("a loss is seen, and that nothing speaks of it", () => {
  expect(countLosses(after(`DELETE FROM segment_text WHERE id = ${FIRST}`), truth)).toMatchObject({
    ...NONE,
    lost: 1,
    silent: 1,
  });
  const named = after(
    `DELETE FROM segment_text WHERE id = ${FIRST}`,
    `INSERT INTO failure (title, place, unit_id, code, message, hint, causes, attempts, first_at, last_at)
     VALUES ('${TITLE}', '', 'text:x', 'timeout', '', '', '[]', 1, 0, 0)`,
  );
  expect(countLosses(named, truth)).toMatchObject({ ...NONE, lost: 1 });
});

test("a changed letter, two texts in each other's places, and a text there twice are seen", () => {
  expect(countLosses(after(`UPDATE segment_text SET text = text || '.' WHERE id = ${FIRST}`), truth)).toMatchObject({
    ...NONE,
    altered: 1,
  });
  const swapped = after(
    `CREATE TEMP TABLE was AS SELECT id, text FROM segment_text WHERE id IN (${FIRST}, ${FIRST} + 1)`,
    `UPDATE segment_text SET text = (SELECT was.text FROM was WHERE was.id <> segment_text.id)
     WHERE id IN (SELECT id FROM was)`,
  );
  expect(countLosses(swapped, truth)).toMatchObject({ lost: 0, duplicated: 0, silent: 0 });
  expect(countLosses(swapped, truth).altered).toBeGreaterThan(0);
  const twice = after(
    `INSERT INTO segment (node_id, path, ref) SELECT node_id, path || x'ff', ref || ' again' FROM segment WHERE id = (SELECT segment_id FROM segment_text WHERE id = ${FIRST})`,
    `INSERT INTO segment_text (version_id, segment_id, text, hash, tokens)
     SELECT version_id, (SELECT max(id) FROM segment), text, hash, tokens FROM segment_text WHERE id = ${FIRST}`,
  );
  expect(countLosses(twice, truth)).toMatchObject({ ...NONE, duplicated: 1 });
});

test("a version that nobody published is seen", () => {
  expect(
    countLosses(
      after(
        `UPDATE version SET version_title = version_title || '?' WHERE id = (SELECT version_id FROM segment_text WHERE id = ${FIRST})`,
      ),
      truth,
    ).duplicated,
  ).toBeGreaterThan(0);
});
