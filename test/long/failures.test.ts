import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { EMBED_FAILURE, SoferError, toPlainError } from "@sofer/core";
import { demoLibrary, startSandbox, type FaultRule } from "@sofer/sandbox";
import { openLibraryWriter } from "@sofer/store";
import { hostileService, json, type Change } from "../hostile-service.ts";
import { jsonLines, runCli, tempDir, verified } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(120_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const [WRONG, DOWN] = ["Mishnah Neharot", "Poem of the Scribe"] as const;
const GOOD = "Sayings of the Well";
const inPath = (title: string) => title.replaceAll(" ", "_");

interface Failure {
  readonly title: string;
  readonly place: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly causes: readonly string[];
  readonly url: string | null;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

const faults: readonly FaultRule[] = [{ kind: "status", endpoint: "texts", match: inPath(DOWN) }];

async function place(change: Change = () => null) {
  const sandbox = await startSandbox({ library: demoLibrary(), logRequests: true });
  const service = hostileService(sandbox, change);
  const library = folder.file(`${Math.random()}.sqlite`);
  const where = ["--base-url", service.url, "--library", library, "--pace-file", `${library}.pace`];
  const how = ["--rate", "0", "--max-workers", "1", "--initial-backoff", "0.01", "--max-retries", "1"];
  return {
    sandbox,
    library,
    run: (verb: string, ...more: readonly string[]) => runCli([verb, ...where, ...how, ...more]),
    async failures(): Promise<Map<string, Failure>> {
      const { stdout } = await runCli(["status", "--library", library, "--failures", "--json"]);
      return new Map(jsonLines<Failure>(stdout).map((row) => [row.title, row]));
    },
    async [Symbol.asyncDispose]() {
      await service.stop();
      await sandbox.stop();
    },
  };
}

test("counts that promise what no version has: named, asked for again by retry, over when they are right", async () => {
  let lies = true;
  await using at = await place((path, body) => {
    if (!lies || !path.includes(`/index/${inPath(DOWN)}`)) return null;
    const record = JSON.parse(body.toString()) as { schema: { content_counts: unknown } };
    record.schema.content_counts = 1000;
    return json(JSON.stringify(record));
  });
  expect((await at.run("ingest", "--versions", "all", "--titles", DOWN, GOOD)).code).toBe(1);
  const first = (await at.failures()).get(DOWN);
  expect(first).toMatchObject({ code: "empty-where-promised", attempts: 1 });
  expect(first?.message).toMatch(/^\d+ of the 1000 segments/);
  const again = await at.run("retry");
  expect(again.code).toBe(1);
  expect((await at.failures()).get(DOWN)).toMatchObject({ attempts: 2, firstAt: first?.firstAt });
  lies = false;
  expect((await at.run("retry")).code).toBe(0);
  expect((await at.failures()).size).toBe(0);
  expect((await verified(at.library)).isWhole).toBe(true);
});

test("what is no longer wanted, and a book that the source has no more, do not fail for ever", async () => {
  let isGone = false;
  await using at = await place((path, body) => {
    if (!isGone || !/\/api\/index\/?$/.test(path)) return null;
    return json(body.toString().replaceAll(`"title":"${DOWN}"`, '"title":"Another Poem"'));
  });
  const { sandbox } = at;
  // One version fails that only `all` wants.
  sandbox.setFaults([{ kind: "error", endpoint: "texts", match: inPath(WRONG), times: 1 }, ...faults]);
  expect((await at.run("ingest", "--versions", "all", "--titles", WRONG, DOWN)).code).toBe(1);
  expect((await at.failures()).size).toBe(2);
  const best = await at.run("ingest", "--titles", WRONG);
  expect([best.code, [...(await at.failures()).keys()]]).toEqual([0, [DOWN]]);

  isGone = true;
  const retry = await at.run("retry");
  expect(retry.code).toBe(0);
  expect(retry.stderr).toContain(`${DOWN}: 1 earlier failure closed: the source has no such book any more`);
  expect((await at.failures()).size).toBe(0);
});

test("a failure of embedding or of a sink is not closed by a run that brings texts", async () => {
  await using at = await place();
  expect((await at.run("ingest", "--titles", GOOD, DOWN)).code).toBe(0);
  const writer = openLibraryWriter(at.library);
  const error = toPlainError(new SoferError("timeout", "no answer"));
  writer.failItems([{ id: `${EMBED_FAILURE}key`, title: GOOD, place: GOOD, error }], 1);
  const close = { runId: 1, unitId: "text:of another day", title: DOWN };
  writer.failUnit(close.runId, close.unitId, close.title, DOWN, error, 1);
  writer.close();
  await at.run("ingest", "--titles", GOOD, DOWN);
  expect([...(await at.failures()).keys()]).toEqual([GOOD]);
});
