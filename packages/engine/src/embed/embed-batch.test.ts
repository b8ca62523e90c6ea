import { describe, expect, test } from "bun:test";
import { SoferError, type Embedder } from "@sofer/core";
import { senderBench } from "../testing/senders.ts";
import { embedBatch, type UnembeddedText } from "./embed-batch.ts";

const batchOf = (...texts: string[]): UnembeddedText[] =>
  texts.map((text) => ({ key: `key ${text}`, text, title: "Book", ref: `Book ${text}` }));
const right = (text: string) => Float32Array.of(text.charCodeAt(0));

/** What is asked, and how each request is answered: vectors, errors of single texts, or an error of the whole. */
async function embedding(
  texts: readonly string[],
  answer: (texts: readonly string[], request: number) => (Float32Array | SoferError)[] | SoferError,
  maxRetries = 2,
) {
  const { sender } = senderBench({ maxRetries });
  const asked: string[] = [];
  const kept = new Map<string, number | undefined>();
  const failed = new Map<string, SoferError>();
  const embedder: Embedder = {
    name: "test:model",
    dimensions: 1,
    host: "embedder:1",
    limits: { maxTexts: 100, maxBytes: 1_000, maxTextTokens: null },
    embed(some) {
      asked.push(some.join(""));
      const outcome = answer(some, asked.length);
      return outcome instanceof SoferError ? Promise.reject(outcome) : Promise.resolve({ vectors: outcome, tokens: 1 });
    },
  };
  const end = await embedBatch(batchOf(...texts), {
    embedder,
    sender,
    onRequest: () => undefined,
    onVectors: (vectors) => {
      for (const { key, values } of vectors) kept.set(key, values[0]);
    },
    onFailed: ({ key }, error) => failed.set(key, error),
  }).catch((error: unknown) => error);
  return { asked, kept, failed, end };
}

const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const keysOf = (texts: readonly string[]) => texts.map((text) => `key ${text}`);

describe("a batch", () => {
  test("is one request", async () => {
    const { asked, kept, failed } = await embedding(LETTERS, (texts) => texts.map(right));
    expect(asked).toEqual(["abcdefgh"]);
    expect([...kept]).toEqual(LETTERS.map((text) => [`key ${text}`, text.charCodeAt(0)]));
    expect(failed.size).toBe(0);
  });

  test("with a bad vector: the others are kept, only that text is asked again", async () => {
    const { asked, kept } = await embedding(LETTERS, (texts, request) =>
      texts.map((text) => (text === "d" && request < 3 ? new SoferError("bad-vectors", "zero") : right(text))),
    );
    expect(asked).toEqual(["abcdefgh", "d", "d"]);
    expect([...kept.keys()].toSorted()).toEqual(keysOf(LETTERS));
  });

  test("with a vector that never comes right: that text fails by name, the others have theirs", async () => {
    const { asked, kept, failed } = await embedding(LETTERS, (texts) =>
      texts.map((text) => (text === "d" ? new SoferError("bad-vectors", "zero") : right(text))),
    );
    expect(asked).toEqual(["abcdefgh", "d", "d"]);
    expect(kept.has("key d")).toBe(false);
    expect(kept.size).toBe(7);
    expect(failed.get("key d")?.message).toBe("zero (3 requests)");
  });

  test("that is refused is halved until the text to blame is alone", async () => {
    const { asked, kept, failed } = await embedding(LETTERS, (texts) =>
      texts.includes("f") ? new SoferError("item-refused", "too long") : texts.map(right),
    );
    expect(asked).toEqual(["abcdefgh", "abcd", "efgh", "ef", "e", "f", "gh"]);
    expect(kept.size).toBe(7);
    expect([...failed]).toMatchObject([["key f", { code: "bad-item" }]]);
  });

  test("whose answer is useless twice is halved: one of its texts may be why", async () => {
    const { asked, kept, failed } = await embedding(["a", "b", "c", "d"], (texts) =>
      texts.includes("b") ? new SoferError("not-json", "NaN") : texts.map(right),
    );
    expect(asked).toEqual(["abcd", "abcd", "ab", "ab", "a", "b", "b", "b", "cd"]);
    expect([...kept.keys()]).toEqual(["key a", "key c", "key d"]);
    expect(failed.get("key b")?.code).toBe("not-json");
  });

  test("when the key is refused in the middle: it ends, and what was answered before is kept", async () => {
    const { kept, failed, end } = await embedding(LETTERS, (texts, request) => {
      if (request === 1) return new SoferError("too-large", "in halves");
      return request === 2 ? texts.map(right) : new SoferError("unauthorized", "no such key");
    });
    expect(end).toMatchObject({ code: "unauthorized" });
    expect([...kept.keys()]).toEqual(keysOf(["a", "b", "c", "d"]));
    expect(failed.size).toBe(0);
  });

  test("with fewer outcomes than texts: none of them is taken, the texts are asked by themselves", async () => {
    const { asked, kept, failed } = await embedding(["a", "b"], (texts) =>
      texts.length > 1 ? [right("b")] : texts.map(right),
    );
    expect(asked).toEqual(["ab", "ab", "a", "b"]);
    expect([...kept]).toEqual([
      ["key a", 97],
      ["key b", 98],
    ]);
    expect(failed.size).toBe(0);
  });
});
