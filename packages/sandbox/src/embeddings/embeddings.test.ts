import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { generateLibrary } from "../generate/library.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import type { EmbeddingFault } from "./rule.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "embeddings", books: 1 }) });
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  sandbox.setEmbeddingFaults([]);
  sandbox.resetStats();
});

interface Body {
  readonly data?: readonly { readonly index: number; readonly embedding: readonly (number | null)[] }[];
  readonly error?: { readonly message: string };
}

async function ask(input: unknown, more: object = {}): Promise<{ status: number; body: Body; headers: Headers }> {
  const answer = await fetch(`${sandbox.url}/v1/embeddings`, {
    method: "POST",
    body: JSON.stringify({ model: "words", input, dimensions: 8, ...more }),
  });
  return { status: answer.status, body: (await answer.json()) as Body, headers: answer.headers };
}

const page = async (body: unknown) =>
  (await fetch(`${sandbox.url}/_sandbox/embeddings`, { method: "POST", body: JSON.stringify(body) })).status;

test("a vector of length one for each text, the same for the same text, nearer where words are shared", async () => {
  const { body } = await ask(["light of the lamp", "lamp of the light", "שדה וכרם", "light of the lamp"]);
  const [first, second, other, again] = body.data?.map(({ embedding }) => embedding.map(Number)) ?? [];
  if (first === undefined || second === undefined || other === undefined) throw new Error("vectors are missing");
  expect(again).toEqual(first);
  expect(Math.hypot(...first)).toBeCloseTo(1, 5);
  const near = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  // The same words in another order, whatever the order.
  expect(near(first, second)).toBeCloseTo(1, 5);
  expect(near(first, other)).toBeLessThan(0.9);
});

test("it counts requests, texts and different texts", async () => {
  await ask(["a", "b", "a"]);
  await ask("c");
  expect(sandbox.embeddingStats()).toMatchObject({
    requests: 2,
    texts: 4,
    distinct: 3,
    embedded: 4,
    maxTexts: 3,
    inFlight: 0,
  });
  sandbox.resetStats();
  expect(sandbox.embeddingStats()).toMatchObject({ requests: 0, texts: 0, distinct: 0 });
});

test.each([
  ["no model", { model: "" }],
  ["no text", { input: [] }],
  ["an empty text", { input: ["a", ""] }],
  ["no such dimensions", { dimensions: 0.5 }],
])("%s is refused as the service refuses it", async (_name, wrong) => {
  const { status, body } = await ask(["a"], wrong);
  expect(status).toBe(400);
  expect(body.error?.message).not.toBe("");
});

test.each<[EmbeddingFault, (answer: Awaited<ReturnType<typeof ask>>) => void]>([
  [{ kind: "status", status: 503 }, ({ status }) => expect(status).toBe(503)],
  [{ kind: "throttle", retryAfter: 7 }, ({ headers }) => expect(headers.get("retry-after")).toBe("7")],
  [{ kind: "refuse" }, ({ status }) => expect(status).toBe(400)],
  [{ kind: "error" }, ({ status, body }) => expect([status, body.data]).toEqual([200, undefined])],
  [{ kind: "short" }, ({ body }) => expect(body.data?.map(({ index }) => index)).toEqual([0, 1])],
  [{ kind: "shuffle" }, ({ body }) => expect(body.data?.map(({ index }) => index)).toEqual([2, 1, 0])],
  [
    { kind: "wrong-dimension", match: "b" },
    ({ body }) => expect(body.data?.map((one) => one.embedding.length)).toEqual([8, 9, 8]),
  ],
  [{ kind: "not-finite", match: "c" }, ({ body }) => expect(body.data?.[2]?.embedding[0]).toBeNull()],
  [{ kind: "zero" }, ({ body }) => expect(body.data?.[0]?.embedding).toEqual([0, 0, 0, 0, 0, 0, 0, 0])],
])("%j, once", async (fault, check) => {
  sandbox.setEmbeddingFaults([{ ...fault, times: 1 }]);
  check(await ask(["a", "b", "c"]));
  expect(sandbox.embeddingStats().faults).toBe(1);
  const { status, body } = await ask(["a", "b", "c"]);
  expect([status, body.data?.length]).toEqual([200, 3]);
});

test("a share of the requests: the same ones in every run, and drawn anew when sent again", async () => {
  const failing = async () => {
    sandbox.setEmbeddingFaults([{ kind: "status", percent: 30, seed: "monday" }]);
    const ends: number[] = [];
    for (let at = 0; at < 40; at++) ends.push((await ask([`text ${at % 20}`])).status);
    return ends;
  };
  const ends = await failing();
  expect(await failing()).toEqual(ends);
  const failed = ends.filter((status) => status === 500).length;
  expect(failed).toBeGreaterThan(4);
  expect(failed).toBeLessThan(22);
  expect(ends.slice(0, 20)).not.toEqual(ends.slice(20));
});

test("rules are changed while it runs, and a rule that says what no rule says is refused", async () => {
  expect(await page([{ kind: "zero", times: 1 }])).toBe(200);
  expect(await page([{ kind: "melt" }])).toBe(400);
  expect(await page([{ kind: "zero", often: 3 }])).toBe(400);
  expect(await page({ kind: "zero" })).toBe(400);
  // What was refused changed nothing.
  expect((await ask(["a"])).body.data?.[0]?.embedding).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});
