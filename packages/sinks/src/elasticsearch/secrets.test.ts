import { afterEach, beforeEach, expect, test } from "bun:test";
import { inspect } from "node:util";
import { SoferError, secretsFrom, systemClock, toPlainError, type Sink, type SinkSpec } from "@sofer/core";
import { errorOf } from "../testing/error-of.ts";
import { recordOf } from "../testing/records.ts";
import { elasticsearchKind } from "./kind.ts";
import { FakeElastic } from "./testing/fake-elastic.ts";

const DIMENSIONS = 4;
const spec: SinkSpec = { profile: "vector", space: { model: "test:model", dimensions: DIMENSIONS } };
const signal = new AbortController().signal;
let fake: FakeElastic;
beforeEach(() => {
  fake = new FakeElastic();
});
afterEach(() => fake.stop());

const record = (number: number) => recordOf(number, { dimensions: DIMENSIONS });
const openSink = (
  url: string,
  options: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<Sink> =>
  elasticsearchKind.open(
    { url, ...options },
    {
      name: "elasticsearch",
      libraryPath: "library.sqlite",
      secrets: secretsFrom(secrets, null),
      clock: systemClock,
      timeoutMs: 5_000,
    },
  );

test("the key or the name and password stand in a header, and in no address and no error", async () => {
  const KEY = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==";
  const [name, password] = ["scribe", "pässword 0123456789"];
  const basic = Buffer.from(`${name}:${password}`).toString("base64");
  const cases = [
    { secrets: { ELASTICSEARCH_API_KEY: KEY }, header: `ApiKey ${KEY}`, hidden: [KEY] },
    {
      secrets: { ELASTICSEARCH_USERNAME: name, ELASTICSEARCH_PASSWORD: password },
      header: `Basic ${basic}`,
      hidden: [basic, password],
    },
  ];
  for (const { secrets, header, hidden } of cases) {
    fake.indexes.clear();
    fake.authorization = "ApiKey somebody else's";
    const sink = await openSink(fake.url, {}, secrets);
    const errors = [await errorOf(sink.ensure(spec, signal))];
    expect(errors[0]).toMatchObject({ code: "unauthorized", next: "stop" });
    fake.authorization = header;
    await sink.ensure(spec, signal);
    for (const status of [400, 401, 403, 404, 405, 406, 413, 429, 500]) {
      for (const call of [
        () => sink.describe(signal),
        () => sink.upsert([record(1), record(2)], signal),
        () => sink.remove([record(1).id], signal),
        () => sink.scan(null, signal),
        () => sink.settle(signal),
        () => sink.ensure(spec, signal),
      ]) {
        const reason = `you sent ${hidden.join(" and ")} as [${header}]`;
        fake.fail({ status, body: JSON.stringify({ error: { type: "security_exception", reason }, status }) });
        errors.push(await errorOf(call()));
      }
    }
    for (const status of [400, 429]) {
      fake.refused.set(record(1).id, { status, type: "some_exception", reason: `you sent ${header} ${hidden[0]}` });
      const [outcome] = await sink.upsert([record(1)], signal);
      if (outcome instanceof SoferError) errors.push(outcome);
    }
    fake.refused.clear();
    expect(errors.length).toBe(57);
    for (const error of errors) {
      const shown = `${JSON.stringify(toPlainError(error))} ${inspect(error, { depth: 8 })} ${error.stack}`;
      for (const secret of hidden) expect(shown).not.toContain(secret);
    }
    for (const secret of hidden) {
      expect(inspect(sink, { depth: 8, showHidden: true })).not.toContain(secret);
      for (const { target } of fake.requests) expect(target).not.toContain(secret);
    }
    expect(fake.requests.at(-1)?.headers.get("authorization")).toBe(header);
  }
});

test("options and secrets that cannot be are refused before anything is asked, and not shown", async () => {
  const usage = async (options: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}) => {
    const error = await errorOf(openSink(fake.url, options, secrets));
    expect(error).toMatchObject({ code: "usage" });
    return `${error.message} ${error.hint}`;
  };
  for (const index of ["Capital", "a*", "a,b", "_all", ".kibana", "a/b", ""])
    expect(await usage({ index })).toContain("index");
  expect(await usage({ url: "https://elastic:hunter2@example.org" })).not.toContain("hunter2");
  expect(await usage({ url: "https://example.org/?key=hunter2" })).not.toContain("hunter2");
  expect(await usage({ url: "localhost:9200" })).toContain("http://");
  expect(await usage({}, { ELASTICSEARCH_API_KEY: "hunter2\n" })).not.toContain("hunter2");
  expect(await usage({}, { ELASTICSEARCH_USERNAME: "scribe" })).toContain("ELASTICSEARCH_PASSWORD");
  expect(await usage({}, { ELASTICSEARCH_PASSWORD: "hunter2" })).toContain("ELASTICSEARCH_USERNAME");
  expect(fake.requests).toEqual([]);
});
