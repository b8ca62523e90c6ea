import { afterEach, describe, expect, test } from "bun:test";
import { SoferError, secretsFrom, systemClock, type Embedder } from "@sofer/core";
import { openEmbedder, type EmbedderOptions } from "./open-embedder.ts";

interface Asked {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const KEY = "sk-secret-0123456789";
const signal = new AbortController().signal;
let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** A service that answers as told, and an embedder on it. */
function serviceOf(
  answer: (asked: Asked) => Response | Promise<Response>,
  options: Partial<EmbedderOptions> = {},
): { embedder: Embedder; asked: Asked[] } {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = (await request.json()) as Record<string, unknown>;
      const one = { path: new URL(request.url).pathname, headers: request.headers, body };
      asked.push(one);
      return answer(one);
    },
  });
  stop = () => server.stop(true);
  const embedder = openEmbedder({
    name: "openai-compatible:some-model",
    dimensions: 2,
    url: `http://127.0.0.1:${server.port}/v1`,
    maxTexts: null,
    timeoutMs: 5_000,
    secrets: secretsFrom({ EMBED_API_KEY: KEY, OPENAI_API_KEY: KEY, GOOGLE_GENERATIVE_AI_API_KEY: KEY }, null),
    clock: systemClock,
    ...options,
  });
  return { embedder, asked };
}

const list = (items: readonly unknown[]) =>
  Response.json({ object: "list", data: items, usage: { prompt_tokens: 7, total_tokens: 7 } });
const item = (index: number, ...embedding: (number | null)[]) => ({ object: "embedding", index, embedding });

async function errorOf(work: Promise<unknown>): Promise<SoferError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof SoferError) return thrown;
  throw new Error(`no SoferError: ${String(thrown)}`);
}

describe("what is asked", () => {
  test("openai-compatible: the texts, the model, the dimensions, the key in a header", async () => {
    const { embedder, asked } = serviceOf(() => list([item(0, 1, 0), item(1, 0, 1)]));
    const answer = await embedder.embed(["a", "b"], "document", signal);
    expect(answer).toEqual({ vectors: [Float32Array.of(1, 0), Float32Array.of(0, 1)], tokens: 7 });
    expect(asked[0]?.path).toBe("/v1/embeddings");
    expect(asked[0]?.body).toMatchObject({
      model: "some-model",
      input: ["a", "b"],
      dimensions: 2,
      encoding_format: "float",
    });
    expect(asked[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
  });

  test("openai: the same; without --dimensions none are asked for", async () => {
    const { embedder, asked } = serviceOf(() => list([item(0, 1, 0, 3)]), {
      name: "openai:text-embedding-3-small",
      dimensions: null,
    });
    expect((await embedder.embed(["a"], "document", signal)).vectors).toEqual([Float32Array.of(1, 0, 3)]);
    expect(asked[0]?.body).toEqual({ model: "text-embedding-3-small", input: ["a"], encoding_format: "float" });
  });

  test.each([
    ["document", "RETRIEVAL_DOCUMENT"],
    ["query", "RETRIEVAL_QUERY"],
  ] as const)(
    "google, for a %s: its task, its dimensions, the key in a header, one text and several",
    async (task, taskType) => {
      const { embedder, asked } = serviceOf(
        ({ body }) =>
          "requests" in body
            ? Response.json({ embeddings: [{ values: [1, 0] }, { values: [0, 1] }] })
            : Response.json({ embedding: { values: [1, 1] } }),
        { name: "google:gemini-embedding-001" },
      );
      expect(await embedder.embed(["a", "b"], task, signal)).toEqual({
        vectors: [Float32Array.of(1, 0), Float32Array.of(0, 1)],
        tokens: null,
      });
      expect((await embedder.embed(["c"], task, signal)).vectors).toEqual([Float32Array.of(1, 1)]);
      expect(asked.map(({ path }) => path)).toEqual([
        "/v1/models/gemini-embedding-001:batchEmbedContents",
        "/v1/models/gemini-embedding-001:embedContent",
      ]);
      expect(asked[1]?.body).toMatchObject({ taskType, outputDimensionality: 2 });
      expect(asked[0]?.headers.get("x-goog-api-key")).toBe(KEY);
    },
  );
});

describe("what comes back is checked", () => {
  test("vectors go by their index, whatever the order", async () => {
    const { embedder } = serviceOf(() => list([item(2, 3, 3), item(0, 1, 1), item(1, 2, 2)]));
    const { vectors } = await embedder.embed(["a", "b", "c"], "document", signal);
    expect(vectors).toEqual([Float32Array.of(1, 1), Float32Array.of(2, 2), Float32Array.of(3, 3)]);
  });

  test("one bad vector is an error of its own, and the others are kept", async () => {
    const bad: readonly [string, unknown][] = [
      ["no vector came", null],
      ["3 numbers, not 2", item(1, 1, 2, 3)],
      ["no vector came", item(1, 1, null)],
      ["all zero", item(1, 0, 0)],
      ["not finite", item(1, 1e39, 1)],
      ["no vector came", { object: "embedding", index: 1 }],
    ];
    for (const [said, one] of bad) {
      const { embedder } = serviceOf(() => list([item(0, 1, 1), ...(one === null ? [] : [one]), item(2, 3, 3)]));
      const { vectors } = await embedder.embed(["a", "b", "c"], "document", signal);
      expect([vectors[0], vectors[2]]).toEqual([Float32Array.of(1, 1), Float32Array.of(3, 3)]);
      expect(vectors[1]).toMatchObject({ code: "bad-vectors", next: "retry" });
      expect(String(vectors[1])).toContain(said);
      await stop?.();
    }
  });

  test("without dimensions, the odd one out is bad", async () => {
    const { embedder } = serviceOf(() => list([item(0, 1), item(1, 2, 2), item(2, 3, 3)]), { dimensions: null });
    const { vectors } = await embedder.embed(["a", "b", "c"], "document", signal);
    expect(vectors[0]).toMatchObject({ code: "bad-vectors" });
    expect(vectors[2]).toEqual(Float32Array.of(3, 3));
  });

  test.each([
    ["fewer, and nobody knows whose", () => list([{ embedding: [1, 1] }])],
    ["an index twice", () => list([item(0, 1, 1), item(0, 2, 2)])],
    ["an index of no text", () => list([item(0, 1, 1), item(5, 2, 2)])],
    ["an error with status 200", () => Response.json({ error: { message: "no" } })],
    ["a page with status 200", () => new Response("<html>busy</html>")],
    ["NaN, which is no JSON", () => new Response('{"data":[{"index":0,"embedding":[NaN,1]}]}')],
  ] as const)("%s: the same texts may be asked again", async (_name, answer) => {
    const { embedder } = serviceOf(answer);
    expect((await errorOf(embedder.embed(["a", "b"], "document", signal))).next).toBe("retry");
  });

  test("items without an index are taken in their order, when there are as many as texts", async () => {
    const { embedder } = serviceOf(() => list([{ embedding: [1, 1] }, { embedding: [2, 2] }]));
    expect((await embedder.embed(["a", "b"], "document", signal)).vectors).toEqual([
      Float32Array.of(1, 1),
      Float32Array.of(2, 2),
    ]);
  });
});

describe("what follows from a refusal", () => {
  const soon = new Date(Date.now() + 90_000).toUTCString();
  test.each([
    ["seconds", { "retry-after": "2" }, "", 2_000],
    ["a minute and more", { "retry-after": "90" }, "", 90_000],
    ["milliseconds", { "retry-after-ms": "1500" }, "", 1_500],
    [
      "the reset of what is used up",
      { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m3.5s" },
      "",
      63_500,
    ],
    ["in the body", {}, '{"error":{"details":[{"retryDelay":"34s"}]}}', 34_000],
    ["not at all", { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "1m" }, "", null],
  ] as const)("a pause, said in %s", async (_name, headers, body, pauseMs) => {
    const { embedder } = serviceOf(() => new Response(body, { status: 429, headers }));
    const error = await errorOf(embedder.embed(["a"], "document", signal));
    expect(error).toMatchObject({ code: "throttled", next: "later", retryAfterMs: pauseMs });
  });

  test("a pause, said as a date", async () => {
    const { embedder } = serviceOf(() => new Response("", { status: 503, headers: { "retry-after": soon } }));
    const error = await errorOf(embedder.embed(["a"], "document", signal));
    expect(error.next).toBe("later");
    expect(error.retryAfterMs).toBeGreaterThan(60_000);
  });

  test.each([
    [500, "", "server-error", "retry"],
    [503, "", "server-error", "retry"],
    [413, "", "too-large", "split"],
    [400, "too long", "item-refused", "split"],
    [422, "", "item-refused", "split"],
    [401, "", "unauthorized", "stop"],
    [400, '{"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}', "unauthorized", "stop"],
    [429, '{"error":{"code":"insufficient_quota"}}', "unauthorized", "stop"],
    [404, "", "usage", "stop"],
    [302, "", "refused", "never"],
  ] as const)("status %d %s is %s", async (status, body, code, next) => {
    const { embedder, asked } = serviceOf(
      () => new Response(body, { status, headers: { location: "http://127.0.0.1:1/" } }),
    );
    expect(await errorOf(embedder.embed(["a"], "document", signal))).toMatchObject({ code, next, status });
    // Whoever asks repeats: the provider's package does not.
    expect(asked.length).toBe(1);
  });

  test("nobody there, no answer in time, an abort", async () => {
    const { embedder } = serviceOf(() => new Promise<Response>(() => undefined), { timeoutMs: 50 });
    expect((await errorOf(embedder.embed(["a"], "document", signal))).code).toBe("timeout");
    const reason = new SoferError("interrupted", "stopped");
    const abort = new AbortController();
    const asking = errorOf(embedder.embed(["a"], "document", abort.signal));
    abort.abort(reason);
    expect(await asking).toBe(reason);
    await stop?.();
    expect((await errorOf(embedder.embed(["a"], "document", signal))).next).toBe("retry");
  });

  test("neither the key nor a text is in any error, also when the service repeats them", async () => {
    for (const status of [200, 400, 401, 404, 429, 500]) {
      const { embedder } = serviceOf(() => new Response(`bad key ${KEY}`, { status }));
      const error = await errorOf(embedder.embed(["a text of mine"], "document", signal));
      const shown = Bun.inspect(error) + JSON.stringify(error) + error.hint + Bun.inspect(error.cause);
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain("a text of mine");
      await stop?.();
    }
  });
});

describe("wrong usage", () => {
  const options: EmbedderOptions = {
    name: "openai:m",
    dimensions: null,
    url: null,
    maxTexts: null,
    timeoutMs: 1,
    secrets: secretsFrom({}, null),
    clock: systemClock,
  };
  test.each([
    [{ name: "opnai:m" }, "did you mean openai?"],
    [{ name: "openai" }, "providers are google, openai, openai-compatible"],
    [{ name: "openai:m" }, "--secrets-file"],
    [{ name: "openai-compatible:m" }, "such as http://127.0.0.1:11434/v1"],
    [{ name: "openai-compatible:m", url: "http://user:pass@host/" }, "put the key into EMBED_API_KEY"],
  ] as const)("%j", (wrong, hint) => {
    try {
      openEmbedder({ ...options, ...wrong });
    } catch (error) {
      if (!(error instanceof SoferError)) throw error;
      expect(error.code).toBe("usage");
      expect(error.hint).toContain(hint);
      return;
    }
    throw new Error("nothing was refused");
  });
});
