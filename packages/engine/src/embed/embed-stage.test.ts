import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type Embedder, type EmbedLimits } from "@sofer/core";
import { openLibrary, openVectorCache } from "@sofer/store";
import { addBook, leafOfTitle, smallLibrary, temporaryFolder, versionOf } from "@sofer/store/testing";
import { senderBench, type SenderBench } from "../testing/senders.ts";
import { embedChunks, type EmbedReceipt } from "./embed-stage.ts";

const folder = temporaryFolder();
const LONG = "word ".repeat(300).trim();
/** A chunk for each section; two have the same text, one is long. */
const SECTIONS = ["alpha", "beta", "gamma", "alpha", "delta", LONG, "epsilon", "zeta"];
const TEXTS = new Set(SECTIONS).size;
let made: string;

beforeAll(() => {
  using small = smallLibrary();
  addBook(small.writer, leafOfTitle("Book"), [{ meta: versionOf("en", "V"), text: SECTIONS.map((text) => [text]) }]);
  small.writer.checkpoint();
  made = join(folder.path, "made.sqlite");
  copyFileSync(small.path, made);
});
afterAll(() => folder[Symbol.dispose]());

interface Bench extends SenderBench {
  readonly asked: string[];
  readonly library: string;
  /** How the next requests are answered; null: rightly. */
  answer: ((texts: readonly string[]) => (Float32Array | SoferError)[] | SoferError) | null;
  run(options?: {
    dimensions?: number | null;
    limits?: Partial<EmbedLimits>;
    concurrency?: number;
  }): Promise<EmbedReceipt>;
  failures(): { unitId: string; place: string; message: string }[];
}

let copies = 0;
function benchOf(): Bench {
  const library = join(folder.path, `copy-${copies++}.sqlite`);
  copyFileSync(made, library);
  const asked: string[] = [];
  const bench: Bench = {
    ...senderBench({ maxRetries: 1 }),
    asked,
    library,
    answer: null,
    run({ dimensions = 3, limits = {}, concurrency = 1 } = {}) {
      const embedder: Embedder = {
        name: "test:model",
        dimensions,
        host: "embedder:1",
        limits: { maxTexts: 2, maxBytes: 10_000, maxTextTokens: null, ...limits },
        embed(texts) {
          asked.push(...texts);
          const answer = bench.answer?.(texts) ?? texts.map((text) => Float32Array.of(text.length, 1, 2));
          return answer instanceof SoferError
            ? Promise.reject(answer)
            : Promise.resolve({ vectors: answer, tokens: 5 });
        },
      };
      const { sender } = bench;
      return embedChunks({ libraryPath: library, embedder, profiles: ["vector"], sender, settings: "{}", concurrency });
    },
    failures() {
      const opened = openLibrary(library);
      try {
        return opened.failures().map(({ unitId, place, message }) => ({ unitId, place, message }));
      } finally {
        opened.close();
      }
    },
  };
  return bench;
}

test("each different text is asked once, in batches; again, nothing is", async () => {
  const bench = benchOf();
  const receipt = await bench.run();
  expect(receipt).toMatchObject({ outcome: "whole", chunks: SECTIONS.length, texts: TEXTS, embedded: TEXTS, known: 0 });
  expect(receipt).toMatchObject({ requests: Math.ceil(TEXTS / 2), tokens: 5 * Math.ceil(TEXTS / 2) });
  expect(bench.asked.toSorted()).toEqual([...new Set(SECTIONS)].toSorted());
  expect(await bench.run()).toMatchObject({ outcome: "whole", texts: TEXTS, embedded: 0, known: TEXTS, requests: 0 });
});

test("other dimensions are other vectors", async () => {
  const bench = benchOf();
  await bench.run();
  await bench.run({ dimensions: 2 });
  expect(bench.asked.length).toBe(2 * TEXTS);
});

test("without dimensions two probes say how long vectors are, once", async () => {
  const bench = benchOf();
  const receipt = await bench.run({ dimensions: null });
  expect(receipt.space).toEqual({ model: "test:model", dimensions: 3 });
  expect(bench.asked.length).toBe(TEXTS + 2);
  await bench.run({ dimensions: null });
  expect(bench.asked.length).toBe(TEXTS + 2);
});

test("probes that do not agree decide nothing", async () => {
  const bench = benchOf();
  bench.answer = (texts) => texts.map((text) => new Float32Array(text.startsWith("In") ? 3 : 4).fill(1));
  const thrown: unknown = await bench.run({ dimensions: null }).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "hopeless" });
  using cache = openVectorCache(bench.library);
  expect(cache.space("test:model", null)).toBeNull();
});

test("a text longer than the model reads is named and never sent: it would be cut without a word", async () => {
  const bench = benchOf();
  expect(await bench.run({ limits: { maxTextTokens: 100 } })).toMatchObject({ outcome: "failures", failed: 1 });
  expect(bench.asked).not.toContain(LONG);
  expect(bench.failures()).toMatchObject([
    { place: "Book 6:1", message: "the text has 300 tokens; test:model reads 100" },
  ]);
  // A model that reads more heals it.
  expect(await bench.run()).toMatchObject({ outcome: "whole", embedded: 1 });
  expect(bench.failures()).toEqual([]);
});

test("an embedder that is lost in the middle: what was answered is kept, and the failure is its own", async () => {
  const bench = benchOf();
  bench.answer = (texts) =>
    (texts.includes("delta") ? new SoferError("unauthorized", "no such key") : null) ??
    texts.map(() => Float32Array.of(1, 1, 1));
  const thrown: unknown = await bench.run().catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "unauthorized" });
  expect(bench.failures()).toMatchObject([{ unitId: "embed", place: "test:model" }]);
  using cache = openVectorCache(bench.library);
  const kept = cache.count();
  expect(kept).toBeGreaterThan(0);
  bench.answer = null;
  bench.asked.length = 0;
  expect(await bench.run()).toMatchObject({ outcome: "whole", known: kept, embedded: TEXTS - kept });
  expect(bench.asked.length).toBe(TEXTS - kept);
  expect(bench.failures()).toEqual([]);
});

test("interrupted: what is on its way comes in, the rest is left for the next run", async () => {
  const bench = benchOf();
  bench.answer = (texts) => {
    bench.stop.abort(new SoferError("interrupted", "stopped"));
    return texts.map(() => Float32Array.of(1, 1, 1));
  };
  const receipt = await bench.run();
  expect(receipt).toMatchObject({ outcome: "interrupted", embedded: 2 });
  using cache = openVectorCache(bench.library);
  expect(cache.count()).toBe(2);
});
