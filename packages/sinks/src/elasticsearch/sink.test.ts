import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { secretsFrom, systemClock, type Sink, type SinkSpec } from "@sofer/core";
import { sinkConformance } from "../conformance.ts";
import { errorOf } from "../testing/error-of.ts";
import { recordOf } from "../testing/records.ts";
import { elasticsearchKind } from "./kind.ts";
import { FakeElastic } from "./testing/fake-elastic.ts";

const DIMENSIONS = 4;
const space = { model: "test:model", dimensions: DIMENSIONS };
const spec: SinkSpec = { profile: "vector", space };
const signal = new AbortController().signal;

function openSink(url: string, options: Readonly<Record<string, string>> = {}): Promise<Sink> {
  return elasticsearchKind.open(
    { url, ...options },
    {
      name: "elasticsearch",
      libraryPath: "library.sqlite",
      secrets: secretsFrom({}, null),
      clock: systemClock,
      timeoutMs: 5_000,
    },
  );
}

for (const [flavor, dimensions] of [
  ["elasticsearch", DIMENSIONS],
  ["opensearch", DIMENSIONS],
  ["elasticsearch", null],
] as const) {
  sinkConformance(`${flavor} (${dimensions ?? "no"} dimensions)`, {
    dimensions,
    makeBench: () => {
      const fake = new FakeElastic(flavor);
      const documents = () => fake.indexes.get("sofer")?.documents ?? new Map<string, never>();
      return Promise.resolve({
        open: () => openSink(fake.url),
        stored: () =>
          Promise.resolve(
            new Map(
              [...documents()].map(([id, { source }]) => [
                id,
                {
                  contentHash: String(source["contentHash"]),
                  text: String(source["text"]),
                  // The number as the store's float32 holds it.
                  vector: (source["vector"] as number[] | undefined)?.map(Math.fround) ?? null,
                },
              ]),
            ),
          ),
        throttleNext: (retryAfterMs: number) =>
          fake.fail({ status: 429, headers: { "retry-after": String(retryAfterMs / 1000) } }),
        refuseRecord: (id: string) =>
          fake.refused.set(id, { status: 400, type: "document_parsing_exception", reason: "refused" }),
        setDown: (isDown: boolean) => (isDown ? fake.stop() : Promise.resolve(fake.start())),
        tamper: (id: string, how: "remove" | "alter") => {
          const document = documents().get(id);
          if (how === "remove") documents().delete(id);
          else if (document !== undefined) {
            documents().set(id, { ...document, source: { ...document.source, contentHash: "0".repeat(32) } });
          }
          return Promise.resolve();
        },
        dispose: () => fake.stop(),
      });
    },
  });
}

describe("Elasticsearch and OpenSearch", () => {
  let fake: FakeElastic;
  beforeEach(() => {
    fake = new FakeElastic();
  });
  afterEach(() => fake.stop());

  const record = (number: number, padding = 0) => recordOf(number, { dimensions: DIMENSIONS, padding });
  const ready = async (options: Readonly<Record<string, string>> = {}): Promise<Sink> => {
    const sink = await openSink(fake.url, options);
    await sink.ensure(spec, signal);
    return sink;
  };

  test("the mapping names every field, the vectors as the server calls them, and whose it is", async () => {
    await ready();
    const { mappings, settings } = fake.indexes.get("sofer") ?? {};
    expect(settings).toEqual({});
    expect(mappings).toMatchObject({
      _meta: { sofer: { mapping: 1, profile: "vector", model: "test:model" } },
      dynamic: "strict",
      properties: {
        id: { type: "keyword" },
        ref: { type: "keyword" },
        text: { type: "text", index: false },
        searchText: { type: "text", analyzer: "standard" },
        vector: { type: "dense_vector", dims: DIMENSIONS, index: true, similarity: "cosine" },
      },
    });
    const open = new FakeElastic("opensearch");
    try {
      const sink = await openSink(open.url);
      await sink.ensure(spec, signal);
      expect(open.indexes.get("sofer")).toMatchObject({
        settings: { index: { knn: true } },
        mappings: { properties: { vector: { type: "knn_vector", dimension: DIMENSIONS } } },
      });
      expect(await sink.describe(signal)).toEqual({ exists: true, records: 0, dimensions: DIMENSIONS, mapping: 1 });
    } finally {
      await open.stop();
    }
  });

  test("an index that is not ours, of another layout, profile, model, with or without vectors, is refused unchanged", async () => {
    await ready();
    const made = fake.indexes.get("sofer");
    if (made === undefined) throw new Error("no index");
    const refusal = async (meta: unknown, wanted: SinkSpec = spec) => {
      fake.indexes.set("sofer", { ...made, mappings: { ...made.mappings, _meta: meta } });
      const before = JSON.stringify(fake.indexes.get("sofer")?.mappings);
      const error = await errorOf(openSink(fake.url).then((sink) => sink.ensure(wanted, signal)));
      expect(error).toMatchObject({ code: "mismatch", next: "stop" });
      expect(JSON.stringify(fake.indexes.get("sofer")?.mappings)).toBe(before);
      return error.message;
    };
    const ours = { mapping: 1, profile: "vector", model: "test:model" };
    expect(await refusal({})).toContain("sofer has not made it");
    expect(await refusal({ sofer: { ...ours, mapping: 7 } })).toContain("layout 7, not 1");
    expect(await refusal({ sofer: { ...ours, profile: "lexical" } })).toContain("the profile lexical, not vector");
    expect(await refusal({ sofer: { ...ours, model: "other:model" } })).toContain("other:model, not of test:model");
    expect(await refusal({ sofer: ours }, { profile: "vector", space: null })).toContain("4 dimensions, not none");
    fake.indexes.clear();
    await openSink(fake.url).then((sink) => sink.ensure({ profile: "vector", space: null }, signal));
    expect(await errorOf(ready())).toMatchObject({ code: "mismatch" });
  });

  test("two that make the index at once: one makes it, the other finds it", async () => {
    const race = await Promise.all([ready(), ready(), ready()]);
    for (const [at, sink] of race.entries()) expect(await sink.upsert([record(at)], signal)).toEqual([null]);
    expect(fake.indexes.get("sofer")?.documents.size).toBe(3);
  });

  test("a server that does not take the mapping, or is another, is a mismatch", async () => {
    const many = { profile: "vector", space: { model: "m", dimensions: 5000 } };
    const error = await errorOf(openSink(fake.url).then((sink) => sink.ensure(many, signal)));
    expect(error).toMatchObject({ code: "mismatch", next: "stop" });
    expect(error.message).toContain("[1, 4096]");
    fake.fail({ status: 404, path: "_mapping", body: "404 page not found" });
    expect(await errorOf(ready())).toMatchObject({ code: "mismatch" });
    const other = new FakeElastic("opensearch");
    try {
      other.fail({ status: 200, path: "/", body: `{"version":{"number":"1.0"},"tagline":"something else"}` });
      expect(await errorOf(openSink(other.url).then((sink) => sink.ensure(spec, signal)))).toMatchObject({
        code: "mismatch",
      });
    } finally {
      await other.stop();
    }
  });

  test("each record of a batch for itself: refused, throttled, in conflict, on a shard that is away", async () => {
    const sink = await ready();
    const records = Array.from({ length: 6 }, (_, at) => record(at));
    const errors = [
      { status: 429, type: "es_rejected_execution_exception", reason: "rejected execution of primary operation" },
      { status: 409, type: "version_conflict_engine_exception", reason: "version conflict, current version [2]" },
      { status: 503, type: "unavailable_shards_exception", reason: "primary shard is not active" },
      { status: 400, type: "document_parsing_exception", reason: "failed to parse" },
    ];
    for (const [at, error] of errors.entries()) fake.refused.set(records[at]?.id ?? "", error);
    const outcomes = await sink.upsert(records, signal);
    expect(outcomes.map((outcome) => outcome?.next ?? null)).toEqual(["later", "retry", "retry", "never", null, null]);
    expect(outcomes[3]?.message).toContain("failed to parse");
    expect(fake.indexes.get("sofer")?.documents.size).toBe(2);
    fake.refused.clear();
    expect(await sink.upsert(records, signal)).toEqual(records.map(() => null));
  });

  test("a vector that is none is named; one of zeros by the server; the others are stored", async () => {
    const sink = await ready();
    const bad = [
      { ...record(1), vector: null },
      { ...record(2), vector: { key: "k", values: Float32Array.of(1, Number.POSITIVE_INFINITY, 0, 0) } },
      { ...record(3), vector: { key: "k", values: new Float32Array(DIMENSIONS) } },
    ];
    const outcomes = await sink.upsert([...bad, record(4)], signal);
    expect(outcomes.map((outcome) => outcome?.code ?? null)).toEqual(["bad-item", "bad-item", "bad-item", null]);
    expect(outcomes[2]?.message).toContain("zero magnitude");
    expect([...(fake.indexes.get("sofer")?.documents.keys() ?? [])]).toEqual([record(4).id]);
  });

  test("of the whole request: 413 in halves, 429 and 503 with a pause later, 503 and a cut answer again", async () => {
    const sink = await ready();
    fake.maxBytes = 1000;
    expect(await errorOf(sink.upsert([record(1), record(2)], signal))).toMatchObject({
      code: "too-large",
      next: "split",
    });
    fake.maxBytes = 1e6;
    const rejected = `{"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"},"status":429}`;
    fake.fail({ status: 429, body: rejected });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ next: "later", retryAfterMs: null });
    fake.fail({ status: 503, headers: { "retry-after": "9" } });
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ next: "later", retryAfterMs: 9000 });
    fake.fail({ status: 503 });
    expect(await errorOf(sink.settle(signal))).toMatchObject({ next: "retry" });
    fake.fail({ status: 200, body: `{"took":1,"errors":false,"items":[]}` });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ next: "retry" });
    const others = {
      errors: false,
      items: [record(2), record(1)].map(({ id }) => ({ index: { _id: id, status: 201 } })),
    };
    fake.fail({ status: 200, body: JSON.stringify(others) });
    expect(await errorOf(sink.upsert([record(1), record(2)], signal))).toMatchObject({ next: "retry" });
    fake.fail({ status: 200, body: "<html>" });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ code: "not-json", next: "retry" });
  });

  test("a removal that did not happen is an error; one of what is not there is not", async () => {
    const sink = await ready();
    await sink.upsert([record(1), record(2)], signal);
    fake.refused.set(record(1).id, { status: 429, type: "es_rejected_execution_exception", reason: "full" });
    const ids = [record(1).id, record(2).id, record(3).id];
    expect(await errorOf(sink.remove(ids, signal))).toMatchObject({ next: "later" });
    fake.refused.clear();
    await sink.remove(ids, signal);
    expect(fake.indexes.get("sofer")?.documents.size).toBe(0);
  });

  test("what no repeating helps ends the push: a blocked index, one that is gone", async () => {
    const sink = await ready();
    const block = {
      status: 403,
      type: "cluster_block_exception",
      reason: "index [sofer] blocked by: [FORBIDDEN/8/index write (api)];",
    };
    fake.refused.set(record(1).id, block);
    const error = await errorOf(sink.upsert([record(1)], signal));
    expect(error).toMatchObject({ code: "unreachable", next: "stop" });
    expect(error.message).toContain("index write");
    fake.fail({ status: 403, body: JSON.stringify({ error: block, status: 403 }) });
    expect(await errorOf(sink.settle(signal))).toMatchObject({ code: "unreachable" });
    fake.refused.set(record(1).id, { status: 404, type: "index_not_found_exception", reason: "no such index [sofer]" });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ code: "unreachable", next: "stop" });
    expect(await errorOf(sink.remove([record(1).id], signal))).toMatchObject({ code: "unreachable", next: "stop" });
    for (const status of [302, 405, 406]) {
      fake.fail({ status });
      expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ code: "mismatch", next: "stop" });
    }
    fake.indexes.clear();
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ code: "unreachable", next: "stop" });
  });

  test("an index that vanished and was made anew by a write with a guessed mapping is not ours any more", async () => {
    const sink = await ready();
    fake.indexes.clear();
    expect(await sink.upsert([record(1)], signal)).toEqual([null]);
    expect(await errorOf(ready())).toMatchObject({ code: "mismatch" });
  });

  test("the scan goes page by page over thousands, each once, and reads neither texts nor vectors", async () => {
    const sink = await ready();
    const all = Array.from({ length: 4500 }, (_, at) => record(at));
    for (let at = 0; at < all.length; at += 900) await sink.upsert(all.slice(at, at + 900), signal);
    expect((await sink.scan(null, signal)).holdings).toEqual([]);
    await sink.settle(signal);
    const held = new Map<string, string>();
    let [pages, from]: [number, string | null] = [0, null];
    do {
      const page: Awaited<ReturnType<Sink["scan"]>> = await sink.scan(from, signal);
      for (const { id, contentHash } of page.holdings) held.set(id, contentHash);
      pages++;
      from = page.next;
      // Written meanwhile, before what was seen: no page moves.
      await sink.upsert([{ ...record(9000 + pages), id: `0000${pages}` }], signal);
      await sink.settle(signal);
    } while (from !== null);
    expect(pages).toBe(3);
    expect(held).toEqual(new Map(all.map(({ id, contentHash }) => [id, contentHash])));
  });

  test("documents of others in the index are neither shown nor removed, and those without our hash differ", async () => {
    const sink = await ready();
    await sink.upsert([record(1)], signal);
    const documents = fake.indexes.get("sofer")?.documents;
    documents?.set("theirs", { source: { title: "a document of somebody else" }, version: 1 });
    documents?.set(record(2).id, { source: { id: record(2).id }, version: 1 });
    await sink.settle(signal);
    const { holdings } = await sink.scan(null, signal);
    expect(holdings).toContainEqual({ id: record(2).id, contentHash: "" });
    expect(holdings.length).toBe(2);
  });

  test("a search that only part of the index answered is no scan", async () => {
    const sink = await ready();
    const body = { timed_out: false, _shards: { total: 2, successful: 1, failed: 1 }, hits: { hits: [] } };
    fake.fail({ status: 200, path: "_search", body: JSON.stringify(body) });
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ code: "server-error", next: "retry" });
    await sink.scan(null, signal);
    expect(fake.requests.at(-1)?.target).toContain("allow_partial_search_results=false");
  });

  test("what is said of a record's size is what is sent", async () => {
    const sink = await ready();
    const records = Array.from({ length: 20 }, (_, at) => record(at, 3000));
    await sink.upsert(records, signal);
    const said = records.reduce((sum, one) => sum + sink.sizeOf(one), 0);
    expect(fake.requests.at(-1)).toMatchObject({ target: "/sofer/_bulk", bytes: said });
  });

  test("what is searched is found, and what is shown is as it was given", async () => {
    const sink = await ready();
    const pointed = { ...record(2), chunk: { ...record(2).chunk, text: "בְּרֵאשִׁית בָּרָא", searchText: "בראשית ברא" } };
    await sink.upsert([pointed], signal);
    await sink.settle(signal);
    const ask = async (field: string, words: string) => {
      const response = await fetch(`${fake.url}/sofer/_search`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: { match: { [field]: words } } }),
      });
      const { hits } = (await response.json()) as { hits: { hits: { _source: Record<string, unknown> }[] } };
      return hits.hits.map(({ _source: source }) => source["text"]);
    };
    expect(await ask("searchText", "בראשית")).toEqual([pointed.chunk.text]);
    expect(await ask("text", "בְּרֵאשִׁית")).toEqual([]);
  });
});
