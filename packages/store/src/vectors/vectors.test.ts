import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type ChunkLine, type SinkRecord, type SinkSpec } from "@sofer/core";
import { temporaryFolder } from "../testing/small-library.ts";
import { signsOf } from "./bits.ts";
import { openEmbeddedSink } from "./embedded-sink.ts";
import { openNearest } from "./nearest.ts";
import { openVectorCache, vectorsPath } from "./vector-file.ts";

const signal = new AbortController().signal;
const DIMENSIONS = 20;
const SPEC: SinkSpec = { profile: "vector", space: { model: "test:model", dimensions: DIMENSIONS } };
const hex = (number: number) => number.toString(16).padStart(32, "0");
const keyOf = (number: number) => hex(number + 1_000_000);
const vectorOf = (seed: number) =>
  Float32Array.from({ length: DIMENSIONS }, (_, at) => Math.sin((seed + 1) * (at + 3) * 12.9898) * 4);

function recordOf(number: number, seed = number): SinkRecord {
  const chunk = { id: hex(number), text: "text" } as ChunkLine;
  const vector = { key: keyOf(seed), values: vectorOf(seed) };
  return { id: hex(number), contentHash: hex(seed), chunk, vector };
}

/** Brute force, written another way than the store's. */
function expectedNearest(query: Float32Array, ids: readonly number[]): string[] {
  const unit = (values: readonly number[]) => {
    const length = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
    return values.map((value) => value / length);
  };
  const wanted = unit([...query]);
  const scored = ids.map((id) => ({
    id: hex(id),
    far: -unit([...vectorOf(id)]).reduce((sum, value, at) => sum + value * (wanted[at] ?? 0), 0),
  }));
  return scored.toSorted((a, b) => a.far - b.far).map(({ id }) => id);
}

test("the cache: what is put once is there once, in the same bits, for every later run", () => {
  using folder = temporaryFolder();
  const library = join(folder.path, "library.sqlite");
  const values = Float32Array.of(0.1, -1e-30, 3e38, 1 / 3);
  {
    using cache = openVectorCache(library);
    expect(cache.missing([keyOf(1), keyOf(2)])).toEqual([keyOf(1), keyOf(2)]);
    expect(cache.space("m", null)).toBeNull();
    cache.saveSpace({ model: "m", dimensions: 4 }, null);
    cache.put([{ key: keyOf(1), values }], 5);
    cache.put([{ key: keyOf(1), values: Float32Array.of(9, 9, 9, 9) }], 6);
  }
  using again = openVectorCache(library);
  expect(again.missing([keyOf(1), keyOf(2)])).toEqual([keyOf(2)]);
  expect(again.get(keyOf(1))).toEqual({ key: keyOf(1), values });
  expect(again.get(keyOf(2))).toBeNull();
  expect([again.space("m", null), again.space("m", 4)]).toEqual([{ model: "m", dimensions: 4 }, null]);
  expect(again.count()).toBe(1);
});

test("its place: beside the library, and each library has its own", () => {
  expect(vectorsPath("/a/library.sqlite")).toBe("/a/vectors.sqlite");
  expect(vectorsPath("/a/demo.sqlite")).toBe("/a/demo.vectors.sqlite");
});

test("somebody else's database is not taken for it", () => {
  using folder = temporaryFolder();
  const library = join(folder.path, "library.sqlite");
  {
    using other = new Database(vectorsPath(library), { create: true });
    other.run("CREATE TABLE mine (a)");
  }
  expect(() => openVectorCache(library)).toThrow("not a file of vectors");
});

test("signs: one bit each, filled up to bytes", () => {
  expect([...signsOf(Float32Array.of(1, -1, 0, 2, 0, 0, 0, 5, 1e-9))]).toEqual([0b10001001, 1]);
});

for (const isExact of [false, true]) {
  const how = isExact ? "compared one by one, as where extensions do not load" : "by their signs, then exactly";
  test(`the nearest, ${how}`, async () => {
    using folder = temporaryFolder();
    const library = join(folder.path, "library.sqlite");
    expect(openNearest(library, { isExact })).toBeNull();
    const sink = openEmbeddedSink(library, "embedded", { isExact });
    await sink.ensure(SPEC, signal);
    const ids = Array.from({ length: 900 }, (_, at) => at);
    for (let at = 0; at < ids.length; at += 150) {
      const outcomes = await sink.upsert(
        ids.slice(at, at + 150).map((id) => recordOf(id)),
        signal,
      );
      expect(outcomes.every((outcome) => outcome === null)).toBe(true);
    }
    await sink.remove([hex(7), hex(8)], signal);
    const left = ids.filter((id) => id !== 7 && id !== 8);
    using nearest = openNearest(library, { isExact });
    if (nearest === null) throw new Error("nothing is held");
    expect([nearest.count, nearest.isExact]).toEqual([898, isExact]);
    expect(nearest.space).toEqual({ model: "test:model", dimensions: DIMENSIONS });
    for (const seed of [3, 450.5, 899]) {
      const query = vectorOf(seed);
      const wanted = expectedNearest(query, left);
      const found = nearest.nearest(query, 10);
      expect(found.map(({ chunk }) => chunk)).toEqual(wanted.slice(0, 10));
      // A filter that few pass: everything is compared, so none of them is missed.
      const allowed = new Set(wanted.slice(-5));
      expect(nearest.nearest(query, 10, () => allowed).map(({ chunk }) => chunk)).toEqual(wanted.slice(-5));
    }
    expect(nearest.nearest(vectorOf(3), 1)[0]?.similarity).toBeCloseTo(1, 6);
    expect(() => nearest.nearest(Float32Array.of(1), 1)).toThrow("the query has 1 dimensions, the store 20");
    await sink.close();
  });
}

test("what was pushed without the extension is found with it, after the next push has begun", async () => {
  using folder = temporaryFolder();
  const library = join(folder.path, "library.sqlite");
  const ids = Array.from({ length: 500 }, (_, at) => at);
  const fast = openEmbeddedSink(library);
  await fast.ensure(SPEC, signal);
  await fast.upsert(
    ids.slice(0, 100).map((id) => recordOf(id)),
    signal,
  );
  const slow = openEmbeddedSink(library, "embedded", { isExact: true });
  await slow.ensure(SPEC, signal);
  await slow.upsert(
    ids.slice(100).map((id) => recordOf(id)),
    signal,
  );
  await slow.upsert([recordOf(0, 9_999)], signal);
  const find = () => {
    using nearest = openNearest(library);
    return nearest?.nearest(vectorOf(9_999), 2).map(({ chunk }) => chunk);
  };
  // The signs are out of date, so everything is compared.
  expect(find()?.[0]).toBe(hex(0));
  await fast.ensure(SPEC, signal);
  expect(find()?.[0]).toBe(hex(0));
  using database = new Database(vectorsPath(library));
  expect(database.query("SELECT count(*) AS count FROM bits_rowids").get()).toEqual({ count: 500 });
  expect(database.query("SELECT * FROM meta WHERE key = 'bits-stale'").get()).toBeNull();
  await fast.close();
  await slow.close();
});
