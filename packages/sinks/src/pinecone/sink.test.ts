import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { SoferError, secretsFrom, systemClock, toPlainError, type Sink, type SinkSpec } from "@sofer/core";
import { sinkConformance } from "../conformance.ts";
import { errorOf } from "../testing/error-of.ts";
import { recordOf } from "../testing/records.ts";
import { pineconeKind } from "./kind.ts";
import { FakePinecone } from "./testing/fake-pinecone.ts";

const KEY = "pcsk_secret_0123456789";
const DIMENSIONS = 4;
const spec: SinkSpec = { profile: "vector", space: { model: "test:model", dimensions: DIMENSIONS } };
const signal = new AbortController().signal;

function openSink(url: string, options: Readonly<Record<string, string>> = {}, key = KEY): Promise<Sink> {
  return pineconeKind.open(
    { index: "library", control: url, ...options },
    {
      name: "pinecone",
      libraryPath: "library.sqlite",
      secrets: secretsFrom({ PINECONE_API_KEY: key }, null),
      clock: systemClock,
      timeoutMs: 5_000,
    },
  );
}

sinkConformance("pinecone", {
  dimensions: DIMENSIONS,
  makeBench: () => {
    const fake = new FakePinecone(KEY);
    return Promise.resolve({
      open: () => openSink(fake.url),
      stored: () =>
        Promise.resolve(
          new Map(
            [...fake.held("library", "sofer")].map(([id, { values, metadata }]) => [
              id,
              { contentHash: String(metadata["contentHash"]), text: String(metadata["text"]), vector: values },
            ]),
          ),
        ),
      throttleNext: (retryAfterMs: number) =>
        fake.fail({ status: 429, headers: { "retry-after": String(retryAfterMs / 1000) } }),
      refuseRecord: (id: string) => fake.behaviour.refused.add(id),
      setDown: (isDown: boolean) => (isDown ? fake.stop() : Promise.resolve(fake.start())),
      tamper: (id: string, how: "remove" | "alter") => {
        const held = fake.held("library", "sofer");
        const vector = held.get(id);
        if (how === "remove") held.delete(id);
        else if (vector !== undefined) held.set(id, { ...vector, metadata: { text: "changed" } });
        return Promise.resolve();
      },
      dispose: () => fake.stop(),
    });
  },
});

describe("Pinecone", () => {
  let fake: FakePinecone;
  beforeEach(() => {
    fake = new FakePinecone(KEY);
  });
  afterEach(() => fake.stop());

  const record = (number: number, padding = 0) => recordOf(number, { dimensions: DIMENSIONS, padding });
  const ready = async (options: Readonly<Record<string, string>> = {}): Promise<Sink> => {
    const sink = await openSink(fake.url, options);
    await sink.ensure(spec, signal);
    return sink;
  };

  test("an index is made with dimension, metric, cloud and region, and waited for", async () => {
    fake.unreadyFor = 1;
    const sink = await openSink(fake.url, { metric: "dotproduct", cloud: "gcp", region: "europe-west4" });
    expect(await errorOf(sink.ensure(spec, signal))).toMatchObject({ code: "throttled", retryAfterMs: 2000 });
    expect(fake.indexes.get("library")).toMatchObject({
      field: { name: "_values", dimension: DIMENSIONS, metric: "dotproduct" },
      deployment: { deployment_type: "managed", cloud: "gcp", region: "europe-west4" },
    });
    expect(await errorOf(sink.ensure(spec, signal))).toMatchObject({ code: "throttled" });
    await sink.ensure(spec, signal);
    await sink.upsert([record(1)], signal);
    expect(await sink.describe(signal)).toEqual({ exists: true, records: 1, dimensions: DIMENSIONS, mapping: null });
  });

  test("what an index cannot be is refused: another metric, one for documents, no vectors", async () => {
    fake.makeIndex("library", DIMENSIONS, { metric: "euclidean" });
    await ready();
    const other = await openSink(fake.url, { metric: "cosine" });
    expect(await errorOf(other.ensure(spec, signal))).toMatchObject({ code: "mismatch" });
    fake.makeIndex("library", DIMENSIONS, { field: "embedding" });
    expect(await errorOf(ready())).toMatchObject({ code: "mismatch", next: "stop" });
    const sink = await openSink(fake.url);
    expect(await errorOf(sink.ensure({ profile: "vector", space: null }, signal))).toMatchObject({ code: "mismatch" });
  });

  test("with the index's host no control plane is asked", async () => {
    fake.makeIndex("library", DIMENSIONS);
    const sink = await ready({ host: fake.url, control: "http://127.0.0.1:9" });
    await sink.upsert([record(1), record(2)], signal);
    expect(await sink.describe(signal)).toMatchObject({ exists: true, records: 2, dimensions: DIMENSIONS });
    expect(sink.host).toBe(new URL(fake.url).host);
    expect(await errorOf(ready({ host: fake.url, metric: "euclidean" }))).toMatchObject({ code: "mismatch" });
    expect(fake.requests.some(({ target }) => target.startsWith("/indexes"))).toBe(false);
  });

  test("a namespace is its own: others' records are neither shown nor removed, and ids of another form are not ours", async () => {
    fake.makeIndex("library", DIMENSIONS);
    const [ours, theirs] = [await ready(), await ready({ namespace: "theirs" })];
    await theirs.upsert([record(1), record(2)], signal);
    await ours.upsert([record(1)], signal);
    fake.held("library", "sofer").set("somebody else's", { id: "somebody else's", values: [1, 0, 0, 0], metadata: {} });
    await ours.remove([record(1).id, record(2).id], signal);
    expect(await ours.scan(null, signal)).toEqual({ holdings: [], next: null });
    expect(fake.held("library", "theirs").size).toBe(2);
    expect(fake.held("library", "sofer").size).toBe(1);
  });

  test("another profile in the same namespace is another sink's, and not shown", async () => {
    const sink = await ready();
    const lexical = { ...record(2), chunk: { ...record(2).chunk, profile: "lexical" } };
    await sink.upsert([record(1), lexical], signal);
    expect((await sink.scan(null, signal)).holdings.map(({ id }) => id)).toEqual([record(1).id]);
    const other = await openSink(fake.url);
    await other.ensure({ ...spec, profile: "lexical" }, signal);
    expect((await other.scan(null, signal)).holdings.map(({ id }) => id)).toEqual([record(2).id]);
  });

  test("a namespace that is not there yet has nothing to remove, to list or to wait for", async () => {
    const sink = await ready();
    await sink.remove([record(1).id], signal);
    await sink.settle(signal);
    expect(await sink.scan(null, signal)).toEqual({ holdings: [], next: null });
    expect(await sink.describe(signal)).toMatchObject({ exists: true, records: 0 });
    const missing = `{"code":5,"message":"Namespace not found","details":[]}`;
    for (const path of ["/vectors/list", "/vectors/fetch", "/query"]) {
      await sink.upsert([record(1)], signal);
      fake.fail({ status: 404, path, body: missing });
      await sink.settle(signal);
      expect((await sink.scan(null, signal)).holdings.length).toBe(path === "/query" ? 1 : 0);
    }
  });

  test("a whole page of records of another form is passed over, and the scan goes on", async () => {
    const sink = await ready();
    await sink.upsert([record(1)], signal);
    const held = fake.held("library", "sofer");
    for (let at = 0; at < 150; at++) held.set(`! ${at}`, { id: `! ${at}`, values: [1, 0, 0, 0], metadata: {} });
    const first = await sink.scan(null, signal);
    expect(first.holdings).toEqual([]);
    expect(await sink.scan(first.next, signal)).toMatchObject({ holdings: [{ id: record(1).id }], next: null });
  });

  test("a record without our hash differs, one that went away between list and fetch is not there", async () => {
    const sink = await ready();
    await sink.upsert([record(1)], signal);
    const { id } = record(1);
    fake.held("library", "sofer").set(id, { id, values: [1, 0, 0, 0], metadata: { text: "no hash" } });
    expect(await sink.scan(null, signal)).toEqual({ holdings: [{ id, contentHash: "" }], next: null });
    fake.fail({ status: 200, path: "/vectors/fetch", body: `{"vectors":{},"namespace":"sofer"}` });
    expect(await sink.scan(null, signal)).toEqual({ holdings: [], next: null });
  });

  test("settle: `later` until queries have come as far as the last write, of a deletion too", async () => {
    const sink = await ready();
    await sink.settle(signal);
    fake.behaviour.seenAfterQueries = 2;
    await sink.upsert([record(1), record(2)], signal);
    expect(await errorOf(sink.settle(signal))).toMatchObject({ code: "throttled", retryAfterMs: 1000 });
    await sink.settle(signal);
    fake.behaviour.seenAfterQueries = 2;
    await sink.remove([record(1).id], signal);
    expect(await errorOf(sink.settle(signal))).toMatchObject({ code: "throttled" });
    await sink.settle(signal);
    expect((await sink.scan(null, signal)).holdings.map(({ id }) => id)).toEqual([record(2).id]);
  });

  test("requests stay below 2 MB and 1000 records, and what is said of a record's size is what is sent", async () => {
    const sink = await ready();
    expect(sink.limits).toEqual({ maxRecords: 1000, maxBytes: 1_999_000, maxIds: 1000 });
    const records = Array.from({ length: 45 }, (_, at) => record(at, 12_000));
    await sink.upsert(records, signal);
    const sent = fake.requests.at(-1);
    const said = records.reduce((sum, one) => sum + sink.sizeOf(one), 0);
    expect(sent?.target).toBe("/vectors/upsert");
    expect(sent?.bytes).toBeLessThanOrEqual(said + 1000);
    expect(sent?.bytes).toBeGreaterThan(said - 1);
    const tooMany = Array.from({ length: 60 }, (_, at) => record(at, 12_000));
    expect(tooMany.reduce((sum, one) => sum + sink.sizeOf(one), 0)).toBeGreaterThan(2 * 1024 * 1024);
    expect(await errorOf(sink.upsert(tooMany, signal))).toMatchObject({ code: "too-large", next: "split" });
  });

  test("413 and 503 by what follows: halves, the same again, a pause", async () => {
    const sink = await ready();
    fake.fail({ status: 413 });
    expect(await errorOf(sink.upsert([record(1), record(2)], signal))).toMatchObject({ next: "split" });
    fake.fail({ status: 503 });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ next: "retry" });
    fake.fail({ status: 503, headers: { "retry-after": "12" } });
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ next: "later", retryAfterMs: 12_000 });
    fake.fail({ status: 429, headers: { "retry-after": "3" } });
    expect(await errorOf(sink.remove([record(1).id], signal))).toMatchObject({ next: "later", retryAfterMs: 3000 });
  });

  test("what no pause helps ends the push: the month's units, the account, the key, an index that is gone", async () => {
    const sink = await ready();
    const month = `{"code":8,"message":"You've reached your write unit limit for the current month (2000000).","details":[]}`;
    fake.fail({ status: 429, body: month });
    const error = await errorOf(sink.upsert([record(1)], signal));
    expect(error).toMatchObject({ code: "unauthorized", next: "stop" });
    expect(error.message).toContain("write unit limit");
    fake.fail({ status: 402, body: `{"error":{"code":"PAYMENT_REQUIRED","message":"Request failed."},"status":402}` });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ next: "stop" });
    fake.fail({ status: 301, headers: { location: "https://elsewhere.example/x?key=1" } });
    const moved = await errorOf(sink.upsert([record(1)], signal));
    expect(moved).toMatchObject({ code: "mismatch", next: "stop" });
    expect(moved.message).toEndWith("status 301, and names https://elsewhere.example");
    fake.indexes.clear();
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ code: "unreachable", next: "stop" });
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ code: "unreachable" });
  });

  test("a vector that is none is named, and the others are stored", async () => {
    const sink = await ready();
    const bad = [
      { ...record(1), vector: null },
      { ...record(2), vector: { key: "k", values: Float32Array.of(1, 2) } },
      { ...record(3), vector: { key: "k", values: Float32Array.of(1, Number.NaN, 0, 0) } },
    ];
    const outcomes = await sink.upsert([...bad, record(4)], signal);
    expect(outcomes.map((outcome) => outcome?.code ?? null)).toEqual(["bad-item", "bad-item", "bad-item", null]);
    expect([...fake.held("library", "sofer").keys()]).toEqual([record(4).id]);
  });

  test("the only record left of a refused batch is refused by name", async () => {
    const sink = await ready();
    const zero = { ...record(1), vector: { key: "k", values: new Float32Array(DIMENSIONS) } };
    expect(await errorOf(sink.upsert([zero, record(2)], signal))).toMatchObject({
      code: "item-refused",
      next: "split",
    });
    const [outcome] = await sink.upsert([zero], signal);
    expect(outcome).toMatchObject({ code: "bad-item", next: "never" });
    expect(outcome?.message).toContain("only zeros");
  });

  test("an acknowledgement of fewer than were sent, or in another form, is no acknowledgement", async () => {
    const sink = await ready();
    fake.fail({ status: 200, body: `{"upsertedCount":1}` });
    expect(await errorOf(sink.upsert([record(1), record(2)], signal))).toMatchObject({ next: "retry" });
    fake.fail({ status: 200, body: "<html>" });
    expect(await errorOf(sink.upsert([record(1)], signal))).toMatchObject({ code: "not-json", next: "retry" });
    fake.fail({ status: 200, path: "/vectors/list", body: `{"vectors":[{"id":7}]}` });
    expect(await errorOf(sink.scan(null, signal))).toMatchObject({ code: "mismatch" });
  });

  test("the key stands in a header, and in no address, no error, however the service repeats it", async () => {
    const wrong = "pcsk_wrong_9876543210";
    const errors = [await errorOf(openSink(fake.url, {}, wrong).then((sink) => sink.ensure(spec, signal)))];
    const sink = await ready();
    for (const status of [400, 401, 403, 404, 409, 413, 422, 429, 500]) {
      for (const call of [
        () => sink.describe(signal),
        () => sink.upsert([record(1), record(2)], signal),
        () => sink.remove([record(1).id], signal),
        () => sink.scan(null, signal),
        () => sink.ensure(spec, signal),
      ]) {
        fake.fail({ status, body: `{"message":"you sent ${KEY}","path":"?key=${encodeURIComponent(KEY)}"}` });
        const thrown: unknown = await call().then(
          () => null,
          (error: unknown) => error,
        );
        if (thrown instanceof SoferError) errors.push(thrown);
      }
    }
    expect(errors.length).toBeGreaterThan(40);
    for (const error of errors) {
      const shown = `${JSON.stringify(toPlainError(error))} ${inspect(error, { depth: 8 })} ${error.stack}`;
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain(wrong);
    }
    expect(inspect(sink, { depth: 8, showHidden: true })).not.toContain(KEY);
    for (const { target, headers } of fake.requests) {
      expect(target).not.toContain(KEY);
      expect([KEY, wrong]).toContain(headers.get("api-key") ?? "");
    }
  });

  test("options and keys that cannot be are refused before anything is asked, and not shown", async () => {
    const usage = async (options: Readonly<Record<string, string>>, key = KEY) => {
      const error = await errorOf(openSink(fake.url, options, key));
      expect(error).toMatchObject({ code: "usage" });
      return `${error.message} ${error.hint}`;
    };
    expect(await usage({ index: "With Capitals" })).toContain("index");
    expect(await usage({ metric: "manhattan" })).toContain("cosine");
    expect(await usage({ namespace: "" })).toContain("namespace");
    expect(await usage({ control: "ftp://x" })).toContain("control");
    expect(await usage({ host: "https://user:password@x" })).not.toContain("password@");
    expect(await usage({}, `${KEY}\n`)).not.toContain(KEY);
    expect(await usage({}, "")).toContain("PINECONE_API_KEY");
    expect(fake.requests).toEqual([]);
  });
});
