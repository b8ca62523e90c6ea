import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { SoferError, type Sink, type SinkRecord, type SinkSpec } from "@sofer/core";
import { recordOf } from "./testing/records.ts";

export { recordOf };

/** What a store holds, read by other means than the sink under test: straight from the double, the file, the database. */
export interface StoredRecord {
  readonly contentHash: string;
  /** null: it holds none; the embedded store's are the library's own. */
  readonly text: string | null;
  /** null: without. */
  readonly vector: readonly number[] | null;
}

/** A place for one test, and the means to look at it and to make it fail. */
export interface SinkBench {
  /** A new handle on the same place: as another run, or the same after a kill, would open it. */
  open(): Promise<Sink>;
  /** Everything there, by record id. */
  stored(): Promise<ReadonlyMap<string, StoredRecord>>;
  /** The store says "not now" to the next request, with so many ms as `Retry-After`. Absent only with `never`. */
  throttleNext?: (retryAfterMs: number) => void;
  /** The store refuses this record, and takes the others of its batch. Absent only with `never`. */
  refuseRecord?: (id: string) => void;
  /** Connections to the store fail, or work again. Absent only with `never`. */
  setDown?: (isDown: boolean) => Promise<void>;
  /** A record disappears, or changes, behind the sink's back. */
  tamper(id: string, how: "remove" | "alter"): Promise<void>;
  dispose(): Promise<void>;
}

export interface ConformanceOptions {
  /** Numbers in a vector; null: the sink takes none. */
  readonly dimensions: number | null;
  /** How far a stored number may be from the one given, in parts of it: 0 for float32, 1e-3 for half precision. */
  readonly tolerance?: number;
  /** What cannot happen to it, as to a file: those tests are skipped, by name. */
  readonly never?: readonly ("throttle" | "refuse" | "down")[];
  readonly makeBench: () => Promise<SinkBench>;
}

const RECORDS = 120;
const signal = new AbortController().signal;

/** The suite that every sink passes: the promises of core/sink.ts, each tried (its table is in docs/sinks.md). */
export function sinkConformance(name: string, options: ConformanceOptions): void {
  const { dimensions } = options;
  const space = dimensions === null ? null : { model: "test:model", dimensions };
  const spec: SinkSpec = { profile: "vector", space };
  const happens = (fault: "throttle" | "refuse" | "down") => options.never?.includes(fault) !== true;
  const record = (number: number, revision = 0) => recordOf(number, { dimensions, revision });
  const records = (count: number, revision = 0) => Array.from({ length: count }, (_, at) => record(at, revision));

  describe(`${name} keeps the contract of a sink`, () => {
    let bench: SinkBench;
    let opened: Sink[];
    const open = async (): Promise<Sink> => {
      const sink = await bench.open();
      opened.push(sink);
      return sink;
    };
    const ready = async (): Promise<Sink> => {
      const sink = await open();
      await sink.ensure(spec, signal);
      return sink;
    };
    beforeEach(async () => {
      bench = await options.makeBench();
      opened = [];
    });
    afterEach(async () => {
      for (const sink of opened) await sink.close();
      await bench.dispose();
    });

    const expectStored = async (wanted: readonly SinkRecord[]) => {
      const stored = await bench.stored();
      expect([...stored.keys()].toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
      for (const { id, contentHash, chunk, vector } of wanted) {
        const held = stored.get(id);
        expect(held?.contentHash).toBe(contentHash);
        if (held?.text !== null) expect(held?.text).toBe(chunk.text);
        expectVector(held?.vector ?? null, vector?.values ?? null, options.tolerance ?? 0);
      }
    };

    test("nothing is there, then what ensure made, twice", async () => {
      const sink = await open();
      expect((await sink.describe(signal)).exists).toBe(false);
      await sink.ensure(spec, signal);
      await sink.ensure(spec, signal);
      const state = await sink.describe(signal);
      expect(state.exists).toBe(true);
      expect([null, dimensions]).toContain(state.dimensions);
      await (await open()).ensure(spec, signal);
      expect(await heldBy(sink)).toEqual(new Map());
    });

    test("records arrive whole, in batches within the limits", async () => {
      const sink = await ready();
      const all = records(RECORDS);
      await send(sink, all);
      await expectStored(all);
      expect(await heldBy(sink)).toEqual(new Map(all.map(({ id, contentHash }) => [id, contentHash])));
    });

    test("idempotent: the same records again make no second copy, changed ones take the old ones' place", async () => {
      const sink = await ready();
      await send(sink, records(30));
      await send(sink, records(30));
      await expectStored(records(30));
      const changed = [...records(10, 1), ...records(30).slice(10)];
      await send(sink, changed);
      await expectStored(changed);
    });

    test("killed between store and ledger: another handle sends the same again", async () => {
      const first = await ready();
      expect(await first.upsert(records(20), signal)).toEqual(Array.from({ length: 20 }, () => null));
      // The first is never closed before the second comes: it was killed.
      const second = await open();
      await second.ensure(spec, signal);
      await send(second, records(40));
      await expectStored(records(40));
    });

    test("deletion: the named ones go, the others stay, and what is gone can go again", async () => {
      const sink = await ready();
      const all = records(30);
      await send(sink, all);
      const gone = all.slice(0, 12).map(({ id }) => id);
      await remove(sink, gone);
      await remove(sink, gone);
      await remove(sink, ["f".repeat(32)]);
      await sink.settle(signal);
      await expectStored(all.slice(12));
      await send(sink, all.slice(0, 3));
      await expectStored([...all.slice(0, 3), ...all.slice(12)]);
    });

    test("drift: what changed behind its back is in the scan", async () => {
      const sink = await ready();
      const all = records(RECORDS);
      await send(sink, all);
      const [first, second, ...rest] = all;
      if (first === undefined || second === undefined) throw new Error("the suite has too few records");
      await bench.tamper(first.id, "remove");
      await bench.tamper(second.id, "alter");
      const held = await heldBy(await ready());
      expect(held.has(first.id)).toBe(false);
      expect(held.get(second.id)).not.toBe(second.contentHash);
      for (const { id, contentHash } of rest) expect(held.get(id)).toBe(contentHash);
    });

    test.if(dimensions !== null)("another dimension is refused, and nothing is changed", async () => {
      const sink = await ready();
      await send(sink, records(3));
      const other: SinkSpec = { ...spec, space: { model: "test:model", dimensions: (dimensions ?? 0) + 1 } };
      const error = await errorOf(() => open().then((second) => second.ensure(other, signal)));
      expect(error).toMatchObject({ code: "mismatch", next: "stop" });
      expect(error.message).toContain(String(dimensions));
      expect(error.message).toContain(String((dimensions ?? 0) + 1));
      await expectStored(records(3));
    });

    test("an abort is answered with its reason", async () => {
      const sink = await ready();
      const reason = new SoferError("interrupted", "stopped");
      const thrown: unknown = await sink.upsert(records(1), AbortSignal.abort(reason)).catch((error: unknown) => error);
      expect(thrown).toBe(reason);
      expect((await bench.stored()).size).toBe(0);
    });

    test.if(happens("throttle"))("throttled: told with the pause, and the same call again does it", async () => {
      if (bench.throttleNext === undefined) throw new Error("the bench has no throttleNext");
      const sink = await ready();
      bench.throttleNext(7_000);
      const error = await errorOf(async () => {
        const outcomes = await sink.upsert(records(5), signal);
        // A store may also throttle each record by itself.
        for (const outcome of outcomes) if (outcome !== null) throw outcome;
      });
      expect(error).toMatchObject({ next: "later", retryAfterMs: 7_000 });
      await send(sink, records(5));
      await expectStored(records(5));
    });

    test.if(happens("refuse"))("one refused record is named, and the others of its batch are stored", async () => {
      if (bench.refuseRecord === undefined) throw new Error("the bench has no refuseRecord");
      const sink = await ready();
      const all = records(9);
      const bad = all[4];
      if (bad === undefined) throw new Error("the suite has too few records");
      bench.refuseRecord(bad.id);
      const outcomes = await inHalves(sink, all);
      expect(outcomes.map((outcome) => outcome?.next ?? null)).toEqual(
        all.map((one) => (one === bad ? "never" : null)),
      );
      await sink.settle(signal);
      await expectStored(all.filter((one) => one !== bad));
    });

    test.if(happens("down"))("down, then up: an error that may pass, nothing half done, then all of it", async () => {
      if (bench.setDown === undefined) throw new Error("the bench has no setDown");
      const sink = await ready();
      await send(sink, records(3));
      await bench.setDown(true);
      const error = await errorOf(() => sink.upsert(records(8), signal));
      expect(error.next).toBe("retry");
      await bench.setDown(false);
      await send(sink, records(8));
      await expectStored(records(8));
    });
  });
}

/** Sends within the limits, as the stage does, and expects every record to be taken. */
async function send(sink: Sink, records: readonly SinkRecord[]): Promise<void> {
  let batch: SinkRecord[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    expect(await sink.upsert(batch, signal)).toEqual(batch.map(() => null));
    batch = [];
    bytes = 0;
  };
  for (const record of records) {
    const size = sink.sizeOf(record);
    expect(size).toBeGreaterThan(record.chunk.text.length);
    if (batch.length >= sink.limits.maxRecords || bytes + size > sink.limits.maxBytes) await flush();
    batch.push(record);
    bytes += size;
  }
  await flush();
  await sink.settle(signal);
}

/** A store that takes a batch or refuses it as a whole says `split`; then the halves are asked, as the stage does. */
async function inHalves(sink: Sink, records: readonly SinkRecord[]): Promise<readonly (SoferError | null)[]> {
  try {
    return await sink.upsert(records, signal);
  } catch (thrown) {
    if (!(thrown instanceof SoferError) || thrown.next !== "split" || records.length === 1) throw thrown;
    const middle = Math.ceil(records.length / 2);
    return [...(await inHalves(sink, records.slice(0, middle))), ...(await inHalves(sink, records.slice(middle)))];
  }
}

async function remove(sink: Sink, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += sink.limits.maxIds) {
    await sink.remove(ids.slice(at, at + sink.limits.maxIds), signal);
  }
}

/** Everything in the scan; a record that is there twice fails. */
async function heldBy(sink: Sink): Promise<Map<string, string>> {
  await sink.settle(signal);
  const held = new Map<string, string>();
  let from: string | null = null;
  do {
    const page: Awaited<ReturnType<Sink["scan"]>> = await sink.scan(from, signal);
    for (const { id, contentHash } of page.holdings) {
      expect(held.has(id)).toBe(false);
      held.set(id, contentHash);
    }
    from = page.next;
  } while (from !== null);
  return held;
}

async function errorOf(work: () => Promise<unknown>): Promise<SoferError> {
  const thrown: unknown = await work().then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof SoferError) return thrown;
  throw new Error(`expected a SoferError, got ${String(thrown)}`);
}

function expectVector(held: readonly number[] | null, given: Float32Array | null, tolerance: number): void {
  expect(held?.length).toBe(given?.length);
  if (held === null || given === null) return;
  for (const [at, value] of given.entries()) {
    expect(Math.abs((held[at] ?? Number.NaN) - value)).toBeLessThanOrEqual(
      Math.abs(value) * tolerance + tolerance * 1e-3,
    );
  }
}
