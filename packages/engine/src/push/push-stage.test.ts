import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type SinkRecord, type SinkSpec } from "@sofer/core";
import { MemorySink, MemoryStore, type MemoryFaults } from "@sofer/core/testing";
import { openLibrary } from "@sofer/store";
import { addBook, leafOfTitle, smallLibrary, temporaryFolder, versionOf } from "@sofer/store/testing";
import { senderBench, type SenderBench } from "../testing/senders.ts";
import { prepareSinkRepair, verifySink } from "./drift.ts";
import { pushChunks, type PushReceipt } from "./push-stage.ts";

const SPEC: SinkSpec = { profile: "vector", space: null };
/** Sections are not joined in a chunk: so many chunks of each profile. */
const SECTIONS = 120;
const folder = temporaryFolder();
let made: string;
let ids: string[];

beforeAll(() => {
  using small = smallLibrary();
  const text = Array.from({ length: SECTIONS }, (_, at) => [`chapter ${at}`, "and a second verse"]);
  addBook(small.writer, leafOfTitle("Book"), [{ meta: versionOf("en", "A version"), text }]);
  small.writer.checkpoint();
  made = join(folder.path, "made.sqlite");
  copyFileSync(small.path, made);
  ids = chunkIds(made);
  expect(ids.length).toBe(SECTIONS);
});
afterAll(() => folder[Symbol.dispose]());

function chunkIds(path: string): string[] {
  const library = openLibrary(path);
  try {
    return [...library.chunks({ profile: "vector" })].map(({ id }) => id);
  } finally {
    library.close();
  }
}

interface Bench extends SenderBench {
  readonly library: string;
  readonly store: MemoryStore;
  readonly faults: MemoryFaults;
  readonly sink: MemorySink;
  push(): Promise<PushReceipt>;
  failures(): { unitId: string; code: string }[];
  ledger(): string[];
}

let copies = 0;
function benchOf(options: { mapping?: number; maxRetries?: number } = {}): Bench {
  const library = join(folder.path, `library-${copies++}.sqlite`);
  copyFileSync(made, library);
  return benchOn(library, new MemoryStore(), options);
}

/** Another run on the same library and store. */
function benchOn(library: string, store: MemoryStore, options: { mapping?: number; maxRetries?: number } = {}): Bench {
  const faults: MemoryFaults = {};
  const sink = new MemorySink(store, {
    faults,
    ...(options.mapping === undefined ? {} : { mapping: options.mapping }),
  });
  const bench = senderBench(options.maxRetries === undefined ? {} : { maxRetries: options.maxRetries });
  const read = <T>(use: (opened: ReturnType<typeof openLibrary>) => T): T => {
    const opened = openLibrary(library);
    try {
      return use(opened);
    } finally {
      opened.close();
    }
  };
  return {
    ...bench,
    library,
    store,
    faults,
    sink,
    push: () =>
      pushChunks({
        libraryPath: library,
        sink,
        spec: SPEC,
        by: null,
        settings: "{}",
        sender: bench.sender,
        maxRecords: 50,
        concurrency: 2,
      }),
    failures: () => read((opened) => opened.failures().map(({ unitId, code }) => ({ unitId, code }))),
    ledger: () =>
      read((opened) => opened.sinks().flatMap(({ id }) => [...opened.ledger(id)].map((entry) => entry.id))).toSorted(),
  };
}

const expectEverywhere = (bench: Bench, wanted: readonly string[]) => {
  expect([...bench.store.records.keys()].toSorted()).toEqual(wanted.toSorted());
  expect(bench.ledger()).toEqual(wanted.toSorted());
};

describe("a push", () => {
  test("sends everything once in batches of fifty, and nothing the next time", async () => {
    const bench = benchOf();
    expect(await bench.push()).toMatchObject({ outcome: "whole", chunks: SECTIONS, pushed: SECTIONS, unchanged: 0 });
    expectEverywhere(bench, ids);
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: 0, unchanged: SECTIONS });
    expect(bench.store.sent).toBe(SECTIONS);
  });

  test("whose acknowledgement is lost is not in the ledger, and is sent again: one copy", async () => {
    const bench = benchOf();
    let lost = 0;
    bench.faults.after = () => (lost++ < 2 ? new SoferError("body-cut", "the answer broke off") : null);
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS });
    expect(bench.store.sent).toBeGreaterThan(SECTIONS);
    expectEverywhere(bench, ids);
  });

  test("of which a record is refused: it is named, the others are there, and the next push heals it", async () => {
    const bench = benchOf();
    const bad = ids[70] ?? "";
    bench.faults.refuse = ({ id }: SinkRecord) => (id === bad ? new SoferError("bad-item", "mapping") : null);
    expect(await bench.push()).toMatchObject({ outcome: "failures", failed: 1, pushed: SECTIONS - 1 });
    expect(bench.failures()).toEqual([{ unitId: `push:memory:${bad}`, code: "bad-item" }]);
    expectEverywhere(
      bench,
      ids.filter((id) => id !== bad),
    );
    delete bench.faults.refuse;
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: 1, unchanged: SECTIONS - 1 });
    expect(bench.failures()).toEqual([]);
    expectEverywhere(bench, ids);
  });

  test("of which records are throttled one by one: only those are sent again, after the pause", async () => {
    const bench = benchOf();
    const seen = new Set<string>();
    bench.faults.refuse = ({ id }: SinkRecord) => {
      if (seen.has(id) || !id.startsWith("1")) return null;
      seen.add(id);
      return new SoferError("throttled", "not now", { retryAfterMs: 9_000 });
    };
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS });
    expect(seen.size).toBeGreaterThan(0);
    expect(bench.store.sent).toBe(SECTIONS + seen.size);
    expect(bench.clock.slept.every((ms) => ms >= 9_000)).toBe(true);
  });

  test("that is too large is halved", async () => {
    const bench = benchOf();
    const sizes: number[] = [];
    const upsert = bench.sink.upsert.bind(bench.sink);
    bench.sink.upsert = (records, signal) => {
      sizes.push(records.length);
      return records.length > 10 ? Promise.reject(new SoferError("too-large", "413")) : upsert(records, signal);
    };
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS });
    expect(bench.store.sent).toBe(SECTIONS);
    expect(Math.max(...sizes.filter((size) => size <= 10))).toBeGreaterThan(1);
  });

  test("to a store that is down for all of it ends by name; the next one catches up", async () => {
    const bench = benchOf();
    bench.faults.before = () => new SoferError("network", "connection refused");
    const receipt = await bench.push();
    expect(receipt).toMatchObject({ outcome: "stopped", pushed: 0, error: { code: "network" } });
    expect(bench.failures()).toEqual([{ unitId: "push:memory", code: "network" }]);
    expectEverywhere(bench, []);
    delete bench.faults.before;
    expect(await bench.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS });
    expect(bench.failures()).toEqual([]);
    expectEverywhere(bench, ids);
  });

  test("that is interrupted keeps what was acknowledged; the next one sends the rest", async () => {
    const bench = benchOf();
    bench.faults.after = () => {
      bench.stop.abort(new SoferError("interrupted", "stopped"));
      return null;
    };
    const receipt = await bench.push();
    expect(receipt.outcome).toBe("interrupted");
    expect(bench.ledger()).toEqual([...bench.store.records.keys()].toSorted());
    expect(receipt.pushed).toBeLessThan(SECTIONS);
    const next = benchOn(bench.library, bench.store);
    expect(await next.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS - receipt.pushed });
    expectEverywhere(next, ids);
  });

  test("by another layout sends everything again", async () => {
    const bench = benchOf();
    await bench.push();
    const next = benchOn(bench.library, bench.store, { mapping: 2 });
    expect(await next.push()).toMatchObject({ outcome: "whole", pushed: SECTIONS, unchanged: 0 });
    expectEverywhere(next, ids);
  });

  test("removes what has left the library, last of all", async () => {
    const bench = benchOf();
    await bench.push();
    const gone = ids.slice(0, 5);
    {
      using database = new Database(bench.library);
      for (const id of gone) {
        database.query("DELETE FROM span WHERE chunk_id = (SELECT id FROM chunk WHERE key = ?)").run(id);
        database.query("DELETE FROM chunk WHERE key = ?").run(id);
      }
    }
    expect(await bench.push()).toMatchObject({ outcome: "whole", removed: 5, unchanged: SECTIONS - 5 });
    expectEverywhere(bench, ids.slice(5));
  });
});

test("drift is named, and mended by what is sent again and removed", async () => {
  const bench = benchOf();
  await bench.push();
  const [lost = "", changed = ""] = ids;
  const other = bench.store.records.get(changed);
  if (other === undefined) throw new Error("nothing was pushed");
  bench.store.records.delete(lost);
  bench.store.records.set(changed, { ...other, contentHash: "0".repeat(32) });
  bench.store.records.set("f".repeat(32), { ...other, id: "f".repeat(32) });
  const look = async () => {
    const library = openLibrary(bench.library);
    const drifts: string[] = [];
    const { sink, sender } = bench;
    const onDrift = ({ sign, id }: { sign: string; id: string }) => drifts.push(`${sign} ${id}`);
    const report = await verifySink({ library, sink, spec: SPEC, sender, onDrift });
    library.close();
    return { drifts: drifts.toSorted(), report };
  };
  const found = await look();
  expect(found.drifts).toEqual([`+ ${"f".repeat(32)}`, `- ${lost}`, `* ${changed}`].toSorted());
  expect(found.report).toMatchObject({ isWhole: false, same: SECTIONS - 2, missing: 1, only: 1, different: 1 });
  await prepareSinkRepair({ libraryPath: bench.library, sink: bench.sink, spec: SPEC, sender: bench.sender });
  expect(await bench.push()).toMatchObject({ pushed: 2, unchanged: SECTIONS - 2 });
  expect((await look()).report).toMatchObject({ isWhole: true, same: SECTIONS });
});
