import { afterEach, beforeEach, expect, test } from "bun:test";
import { Pinecone } from "@pinecone-database/pinecone";
import { secretsFrom, systemClock, type Sink } from "@sofer/core";
import { recordOf } from "../testing/records.ts";
import { pineconeKind } from "./kind.ts";
import { FakePinecone } from "./testing/fake-pinecone.ts";

// A second opinion: the stand-in that the sink is tested against speaks what the official client speaks, and each of
// the two reads what the other has written.
const KEY = "pcsk_0123456789";
const signal = new AbortController().signal;
let fake: FakePinecone;
let client: Pinecone;
beforeEach(() => {
  fake = new FakePinecone(KEY);
  client = new Pinecone({ apiKey: KEY, controllerHostUrl: fake.url, maxRetries: 0 });
});
afterEach(() => fake.stop());

const openSink = (): Promise<Sink> =>
  pineconeKind.open(
    { index: "library", control: fake.url, namespace: "ours" },
    {
      name: "pinecone",
      libraryPath: "library.sqlite",
      secrets: secretsFrom({ PINECONE_API_KEY: KEY }, null),
      clock: systemClock,
      timeoutMs: 5_000,
    },
  );
const vectors = () => client.index({ host: fake.url, namespace: "ours" });

test("an index that the client makes is one for the sink, which shows the client's records", async () => {
  await client.createIndex({
    name: "library",
    dimension: 3,
    metric: "dotproduct",
    spec: { serverless: { cloud: "aws", region: "eu-west-1" } },
  });
  expect(fake.indexes.get("library")?.deployment).toMatchObject({ cloud: "aws", region: "eu-west-1" });
  const id = "0".repeat(32);
  await vectors().upsert({ records: [{ id, values: [1, 0, 0], metadata: { contentHash: "abc", tags: ["a", "b"] } }] });
  const sink = await openSink();
  await sink.ensure({ profile: "vector", space: { model: "m", dimensions: 3 } }, signal);
  expect(await sink.scan(null, signal)).toEqual({ holdings: [{ id, contentHash: "abc" }], next: null });
  expect(await sink.describe(signal)).toMatchObject({ records: 1, dimensions: 3 });
});

test("an index that the sink makes is described, listed, fetched, queried and emptied by the client", async () => {
  const sink = await openSink();
  await sink.ensure({ profile: "vector", space: { model: "m", dimensions: 3 } }, signal);
  const records = Array.from({ length: 120 }, (_, at) => recordOf(at, { dimensions: 3 }));
  expect(await sink.upsert(records, signal)).toEqual(records.map(() => null));
  const [first] = records;
  if (first === undefined || first.vector === null) throw new Error("no record");

  const described = await client.describeIndex("library");
  expect(described).toMatchObject({ name: "library", host: fake.url, dimension: 3, metric: "cosine" });
  expect(described.status?.ready).toBe(true);
  expect(await vectors().describeIndexStats()).toMatchObject({
    dimension: 3,
    totalRecordCount: 120,
    namespaces: { ours: { recordCount: 120 } },
  });

  const ids: string[] = [];
  let paginationToken: string | undefined;
  do {
    const page = await vectors().listPaginated({
      limit: 50,
      ...(paginationToken === undefined ? {} : { paginationToken }),
    });
    ids.push(...(page.vectors ?? []).flatMap(({ id }) => id ?? []));
    paginationToken = page.pagination?.next;
  } while (paginationToken !== undefined);
  expect(ids).toEqual(records.map(({ id }) => id).toSorted());

  const fetched = await vectors().fetch({ ids: [first.id, "f".repeat(32)] });
  expect(Object.keys(fetched.records)).toEqual([first.id]);
  expect(fetched.records[first.id]?.values?.map(Math.fround)).toEqual([...first.vector.values]);
  expect(fetched.records[first.id]?.metadata).toMatchObject({ text: first.chunk.text, refs: [...first.chunk.refs] });

  const found = await vectors().query({ vector: [...first.vector.values], topK: 1, includeMetadata: true });
  expect(found.matches[0]?.id).toBe(first.id);
  expect(found.matches[0]?.metadata?.["contentHash"]).toBe(first.contentHash);

  await vectors().deleteMany({ ids: [first.id] });
  expect(fake.held("library", "ours").size).toBe(119);
  await vectors().deleteAll();
  expect(fake.held("library", "ours").size).toBe(0);
  await client.deleteIndex("library");
  expect((await sink.describe(signal)).exists).toBe(false);
});

test("the client understands the stand-in's refusals", async () => {
  fake.makeIndex("library", 3);
  const upsert = (id: string, values: number[], metadata = {}) =>
    vectors().upsert({ records: [{ id, values, metadata }] });
  const refusal = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "none",
      (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    );
  expect(await refusal(upsert("a", [1, 2]))).toContain("dimension 2 does not match the dimension of the index 3");
  expect(await refusal(upsert("a", [1, 2, 3], { text: "a".repeat(41_000) }))).toContain("the limit of 40960 bytes");
  expect(await refusal(vectors().deleteAll())).toStartWith("PineconeNotFoundError");
  expect(await refusal(client.describeIndex("other"))).toStartWith("PineconeNotFoundError");
  const again = client.createIndex({
    name: "library",
    dimension: 3,
    spec: { serverless: { cloud: "aws", region: "x" } },
  });
  expect(await refusal(again)).toStartWith("PineconeConflictError");
  const stranger = new Pinecone({ apiKey: "pcsk_other", controllerHostUrl: fake.url, maxRetries: 0 });
  expect(await refusal(stranger.describeIndex("library"))).toStartWith("PineconeAuthorizationError");
});
