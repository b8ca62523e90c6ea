import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Sink, SinkRecord, SinkSpec } from "@sofer/core";
import { recordOf, sinkConformance } from "@sofer/sinks/conformance";
import { errorOf, openPostgres, postgresBench, quietProxy, recordsOf, startPostgres } from "./postgres.ts";

const postgres = await startPostgres();
afterAll(() => postgres.close());

for (const dimensions of [8, null]) {
  sinkConformance(`postgres (${dimensions ?? "no"} dimensions)`, {
    dimensions,
    // Half precision has 11 bits.
    tolerance: 5e-4,
    // No server of PostgreSQL says how long to wait.
    never: ["throttle"],
    makeBench: () => {
      const bench = postgresBench(postgres.url, postgres.look, { hasVectors: dimensions !== null });
      return Promise.resolve({ ...bench, setDown: (isDown: boolean) => postgres.setDown(isDown) });
    },
  });
}

const DIMENSIONS = 8;
const signal = new AbortController().signal;
const specOf = (profile: string, model: string, dimensions = DIMENSIONS): SinkSpec => ({
  profile,
  space: { model, dimensions },
});
const spec = specOf("vector", "test:model");

describe("a table of PostgreSQL", () => {
  const { look } = postgres;
  let bench: ReturnType<typeof postgresBench>;
  let opened: Sink[];
  const open = async (options: Readonly<Record<string, string>> = {}): Promise<Sink> => {
    const sink = await openPostgres(postgres.url, { schema: bench.schema, table: "chunks", ...options });
    opened.push(sink);
    return sink;
  };
  const ready = async (options: Readonly<Record<string, string>> = {}): Promise<Sink> => {
    const sink = await open(options);
    await sink.ensure(spec, signal);
    return sink;
  };
  const indexes = async () => {
    const rows = await look("SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = $1", [bench.schema]);
    return rows.map((row) => String(row["name"])).toSorted();
  };
  beforeEach(() => {
    bench = postgresBench(postgres.url, look, { hasVectors: true });
    opened = [];
  });
  afterEach(async () => {
    for (const sink of opened) await sink.close();
    await bench.dispose();
  });

  test("every column holds what the chunk says; JSON is JSON, not a string of it", async () => {
    const sink = await ready();
    const all = recordsOf(40, DIMENSIONS);
    expect(await sink.upsert(all, signal)).toEqual(all.map(() => null));
    const rows = await look(
      `SELECT *, jsonb_typeof(spans) AS s, jsonb_typeof(links->0) AS l FROM ${bench.schema}.chunks`,
    );
    const byId = new Map(rows.map((row) => [String(row["id"]), row]));
    for (const { id, contentHash, chunk } of all) {
      expect(byId.get(id)).toMatchObject({
        content_hash: contentHash,
        profile: chunk.profile,
        title: chunk.title,
        he_title: chunk.heTitle,
        categories: chunk.categories,
        language: chunk.language,
        version_title: chunk.versionTitle,
        license: chunk.license,
        version_source: chunk.versionSource,
        ref: chunk.ref,
        he_ref: chunk.heRef,
        refs: chunk.refs,
        spans: chunk.spans,
        links: chunk.links,
        text: chunk.text,
        search_text: chunk.searchText,
        tokens: chunk.tokens,
        url: chunk.url,
        s: "array",
        l: "object",
      });
    }
  });

  test("indexes are made by settle, once, and index=none leaves the vectors' to the user", async () => {
    const sink = await ready({ "index-memory": "32MB" });
    await sink.upsert(recordsOf(5, DIMENSIONS), signal);
    expect(await indexes()).toEqual(["chunks_pkey"]);
    await sink.settle(signal);
    await sink.settle(signal);
    expect(await indexes()).toEqual(["chunks_embedding", "chunks_pkey", "chunks_refs", "chunks_search"]);
    const other = await ready({ table: "others", index: "none" });
    await other.settle(signal);
    expect((await indexes()).filter((name) => name.startsWith("others"))).toEqual([
      "others_pkey",
      "others_refs",
      "others_search",
    ]);
    const [made] = await look("SELECT indexdef::text AS def FROM pg_indexes WHERE schemaname = $1 AND indexname = $2", [
      bench.schema,
      "chunks_embedding",
    ]);
    expect(String(made?.["def"])).toContain("USING hnsw (embedding halfvec_cosine_ops)");
  });

  test("what the server refuses is named, record by record, without its text", async () => {
    const sink = await ready();
    const all = recordsOf(64, DIMENSIONS).map((record, at): SinkRecord => {
      if (at === 0) return changed(record, { text: "secret words \0 behind a NUL" });
      if (at === 31)
        return { ...record, vector: { key: "f".repeat(32), values: new Float32Array(DIMENSIONS).fill(1e6) } };
      if (at === 32) return { ...record, vector: { key: "f".repeat(32), values: new Float32Array(3).fill(1) } };
      return at === 63 ? changed(record, { title: "lone \ud800 surrogate" }) : record;
    });
    const outcomes = await sink.upsert(all, signal);
    const refused = outcomes.flatMap((outcome, at) => (outcome === null ? [] : [{ at, outcome }]));
    expect(refused.map(({ at }) => at)).toEqual([0, 31, 32, 63]);
    for (const { outcome } of refused) {
      expect(outcome).toMatchObject({ code: "bad-item", next: "never" });
      expect(outcome.message).toMatch(/\(SQLSTATE 22[0-9A-Z]{3}\)$/);
      expect(outcome.message).not.toContain("secret words");
    }
    expect(refused[2]?.outcome.message).toContain("expected 8 dimensions, not 3");
    const stored = await bench.stored();
    expect(stored.size).toBe(60);
  });

  test("a table that is somebody else's, or was made for something else, is refused and left as it is", async () => {
    await look(`CREATE SCHEMA ${bench.schema}`);
    await look(`CREATE TABLE ${bench.schema}.theirs (id text)`);
    const theirs = await open({ table: "theirs" });
    await expectMismatch(() => theirs.ensure(spec, signal), "not one of sofer's");
    const sink = await ready();
    await sink.upsert(recordsOf(2, DIMENSIONS), signal);
    await expectMismatch(() => sink.ensure(specOf("lexical", "test:model"), signal), "profile vector, not lexical");
    await expectMismatch(() => sink.ensure(specOf("vector", "other:model"), signal), "test:model, not of other:model");
    await expectMismatch(() => sink.ensure({ profile: "vector", space: null }, signal), "8 dimensions, not no vectors");
    await look(`ALTER TABLE ${bench.schema}.chunks DROP COLUMN license`);
    await expectMismatch(() => sink.ensure(spec, signal), "lacks license");
    expect((await bench.stored()).size).toBe(2);
    const [comment] = await look(`SELECT obj_description('${bench.schema}.chunks'::regclass) AS said`);
    await look(
      `COMMENT ON TABLE ${bench.schema}.chunks IS '${String(comment?.["said"]).replace('"mapping":1', '"mapping":2')}'`,
    );
    await expectMismatch(() => sink.ensure(spec, signal), "columns of version 2, not 1");
    expect(await sink.describe(signal)).toMatchObject({ exists: true, mapping: 2 });
  });

  test("a connection that falls silent is given up, and the next call has another", async () => {
    const url = new URL(postgres.url);
    const proxy = await quietProxy(Number(url.port));
    url.port = String(proxy.port);
    const sink = await openPostgres(url.href, { schema: bench.schema, table: "chunks" }, 2000);
    opened.push(sink);
    await sink.ensure(spec, signal);
    proxy.silence();
    expect(await errorOf(() => sink.scan(null, signal))).toMatchObject({ code: "timeout", next: "retry" });
    expect(await sink.scan(null, signal)).toEqual({ holdings: [], next: null });
    await proxy.close();
  });

  test("dimensions: as many as the index takes, without one as many as the type takes", async () => {
    const sink = await open();
    const error = await errorOf(() => sink.ensure(specOf("vector", "test:model", 4001), signal));
    expect(error).toMatchObject({ code: "usage", next: "stop" });
    expect((await sink.describe(signal)).exists).toBe(false);
    const plain = await open({ index: "none" });
    await plain.ensure(specOf("vector", "test:model", 4001), signal);
    expect(await plain.describe(signal)).toMatchObject({ exists: true, dimensions: 4001, mapping: 1 });
  });

  test("pgvector in a schema of its own is found", async () => {
    await look("CREATE SCHEMA extensions_here");
    await look("ALTER EXTENSION vector SET SCHEMA extensions_here");
    try {
      const sink = await ready();
      const all = recordsOf(3, DIMENSIONS);
      expect(await sink.upsert(all, signal)).toEqual([null, null, null]);
      await sink.settle(signal);
      await (await open()).ensure(spec, signal);
      expect(await indexes()).toContain("chunks_embedding");
    } finally {
      await look("ALTER EXTENSION vector SET SCHEMA public");
      await look("DROP SCHEMA extensions_here");
    }
  });

  test("the queries of docs/sinks.md find what they say", async () => {
    const sink = await ready();
    const genesis = changed(recordOf(0, { dimensions: DIMENSIONS }), {
      refs: ["Genesis 1:1", "Genesis 1:2"],
      searchText: "שמע ישראל",
      links: [{ ref: "Rashi on Genesis 1:1:1", type: "commentary" }],
    });
    const rashi = changed(recordOf(2, { dimensions: DIMENSIONS }), {
      ref: "Rashi on Genesis 1:1:1",
      refs: ["Rashi on Genesis 1:1:1"],
    });
    const all = [genesis, rashi, ...recordsOf(40, DIMENSIONS).slice(3)];
    expect(await sink.upsert(all, signal)).toEqual(all.map(() => null));
    await sink.settle(signal);
    const answers = [];
    for (const statements of documentedQueries(bench.schema, genesis)) answers.push(await asked(statements));
    const [nearest, words, verse, linked] = answers;
    expect(nearest?.[0]).toMatchObject({ ref: genesis.chunk.ref, license: "CC-BY" });
    expect(Number(nearest?.[0]?.["similarity"])).toBeCloseTo(1, 3);
    expect(nearest).toHaveLength(10);
    expect(words?.map((row) => row["ref"])).toEqual([genesis.chunk.ref]);
    expect(verse?.map((row) => row["text"])).toEqual([genesis.chunk.text]);
    expect(linked).toEqual([
      { ref: genesis.chunk.ref, type: "commentary", linked: "Rashi on Genesis 1:1:1", text: rashi.chunk.text },
    ]);
  });

  async function asked(statements: readonly string[]): Promise<Record<string, unknown>[]> {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = await look(statement);
    return rows;
  }
});

function changed(record: SinkRecord, chunk: Partial<SinkRecord["chunk"]>): SinkRecord {
  return { ...record, chunk: { ...record.chunk, ...chunk } };
}

/** The SQL of the page, block by block, on our schema and with a vector in the place of the page's. */
function documentedQueries(schema: string, { vector }: SinkRecord): string[][] {
  const page = readFileSync(join(import.meta.dir, "../../docs/sinks.md"), "utf8");
  const section = /^#+ postgres\n[^]*?(?=^#+ |(?![^]))/m.exec(page)?.[0] ?? "";
  const blocks = [...section.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = ""]) => sql);
  expect(blocks).toHaveLength(4);
  const numbers = JSON.stringify(Array.from(vector?.values ?? []));
  return blocks.map((sql) =>
    sql
      .replaceAll("sefaria.chunks", `${schema}.chunks`)
      .replaceAll("[0.12, -0.03, …]", numbers)
      .split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ""),
  );
}

async function expectMismatch(work: () => Promise<unknown>, said: string): Promise<void> {
  const error = await errorOf(work);
  expect(error).toMatchObject({ code: "mismatch", next: "stop" });
  expect(error.message).toContain(said);
}
