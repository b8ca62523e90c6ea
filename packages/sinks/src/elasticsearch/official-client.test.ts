import { afterEach, beforeEach, expect, test } from "bun:test";
import { Client, errors, HttpConnection } from "@elastic/elasticsearch";
import { secretsFrom, systemClock, type Sink } from "@sofer/core";
import { recordOf } from "../testing/records.ts";
import { elasticsearchKind } from "./kind.ts";
import { FakeElastic } from "./testing/fake-elastic.ts";

// A second opinion: the stand-in that the sink is tested against speaks what the official client speaks, and each of
// the two reads what the other has written. The client's own connection does not work under Bun; HttpConnection does.
const KEY = "a2V5OnNlY3JldA==";
const signal = new AbortController().signal;
const spec = { profile: "lexical", space: { model: "m", dimensions: 3 } };
let fake: FakeElastic;
let client: Client;
beforeEach(() => {
  fake = new FakeElastic();
  fake.authorization = `ApiKey ${KEY}`;
  client = new Client({ node: fake.url, auth: { apiKey: KEY }, Connection: HttpConnection, maxRetries: 0 });
});
afterEach(async () => {
  await client.close();
  await fake.stop();
});

const openSink = (): Promise<Sink> =>
  elasticsearchKind.open(
    { url: fake.url },
    {
      name: "elasticsearch",
      libraryPath: "library.sqlite",
      secrets: secretsFrom({ ELASTICSEARCH_API_KEY: KEY }, null),
      clock: systemClock,
      timeoutMs: 5_000,
    },
  );

test("what the sink makes and writes, the client describes, counts, gets, searches and removes", async () => {
  const sink = await openSink();
  await sink.ensure(spec, signal);
  const records = Array.from({ length: 120 }, (_, at) => recordOf(at, { dimensions: 3 }));
  expect(await sink.upsert(records, signal)).toEqual(records.map(() => null));
  const [first] = records;
  if (first === undefined) throw new Error("no record");

  expect((await client.info()).version.number).toBe("9.1.4");
  const described = await client.indices.getMapping({ index: "sofer" });
  expect(described["sofer"]?.mappings.properties?.["vector"]).toMatchObject({ type: "dense_vector", dims: 3 });
  expect((await client.count({ index: "sofer" })).count).toBe(0);
  await client.indices.refresh({ index: "sofer" });
  expect((await client.count({ index: "sofer" })).count).toBe(120);

  const { _source: got = { vector: [] } } = await client.get<{ vector: number[] }>({ index: "sofer", id: first.id });
  expect(got).toMatchObject({ ...first.chunk, contentHash: first.contentHash });
  expect(got.vector.map(Math.fround)).toEqual([...(first.vector?.values ?? [])]);

  const ids: (string | undefined)[] = [];
  let after: unknown[] | undefined;
  do {
    const page = await client.search({
      index: "sofer",
      size: 50,
      sort: [{ id: "asc" }],
      _source: false,
      ...(after === undefined ? {} : { search_after: after as string[] }),
    });
    ids.push(...page.hits.hits.map(({ _id: id }) => id));
    after = page.hits.hits.at(-1)?.sort;
  } while (after !== undefined);
  expect(ids).toEqual(records.map(({ id }) => id).toSorted());

  await client.bulk({ index: "sofer", refresh: true, operations: [{ delete: { _id: first.id } }] });
  expect((await sink.scan(null, signal)).holdings.length).toBe(119);
  await client.indices.delete({ index: "sofer" });
  expect((await sink.describe(signal)).exists).toBe(false);
});

test("what the client's bulk helper writes into the sink's index, the sink's scan shows", async () => {
  const sink = await openSink();
  await sink.ensure(spec, signal);
  const ids = Array.from({ length: 300 }, (_, at) => at.toString(16).padStart(32, "0"));
  const refused: unknown[] = [];
  const done = await client.helpers.bulk({
    datasource: [...ids, "bad"],
    onDocument: (id) => [
      { index: { _index: "sofer", _id: id } },
      id === "bad" ? { unknown: 1 } : { id, contentHash: `hash of ${id}` },
    ],
    onDrop: ({ status, error }) => refused.push([status, error?.type]),
    refreshOnCompletion: "sofer",
  });
  expect(done).toMatchObject({ total: 301, successful: 300, failed: 1 });
  expect(refused).toEqual([[400, "strict_dynamic_mapping_exception"]]);
  const { holdings } = await sink.scan(null, signal);
  expect(holdings).toEqual(ids.map((id) => ({ id, contentHash: `hash of ${id}` })));
});

test("the client understands the stand-in's refusals", async () => {
  await client.indices.create({ index: "sofer", mappings: { properties: { id: { type: "keyword" } } } });
  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => (error instanceof errors.ResponseError ? [error.statusCode, typeOf(error)] : error),
    );
  expect(await refusal(client.indices.create({ index: "sofer" }))).toEqual([400, "resource_already_exists_exception"]);
  expect(await refusal(client.count({ index: "other" }))).toEqual([404, "index_not_found_exception"]);
  const knn = { properties: { vector: { type: "knn_vector" as "object" } } };
  expect(await refusal(client.indices.create({ index: "knn", mappings: knn }))).toEqual([
    400,
    "mapper_parsing_exception",
  ]);
  expect(await refusal(client.search({ index: "sofer", size: 20_000 }))).toEqual([400, "illegal_argument_exception"]);
  fake.authorization = "ApiKey another";
  expect(await refusal(client.info())).toEqual([401, "security_exception"]);
  fake.authorization = null;
  fake.fail({ status: 429, headers: { "retry-after": "7" } });
  expect(await refusal(client.info())).toEqual([429, undefined]);
});

function typeOf({ body }: errors.ResponseError): unknown {
  const error: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "error") : undefined;
  return typeof error === "object" && error !== null ? Reflect.get(error, "type") : undefined;
}
