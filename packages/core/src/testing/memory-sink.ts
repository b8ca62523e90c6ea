import { SoferError } from "../errors.ts";
import type { ScanPage, Sink, SinkLimits, SinkRecord, SinkSpec, SinkState } from "../sink.ts";

/** What goes wrong in a MemorySink: changed by a test while it runs. */
export interface MemoryFaults {
  /** Asked before each call does anything; an error is thrown. */
  before?: (call: "describe" | "ensure" | "upsert" | "remove" | "settle" | "scan") => SoferError | null;
  /** Asked for each record; an error is its outcome, and it is not stored. */
  refuse?: (record: SinkRecord) => SoferError | null;
  /** Asked after records were stored: an error is thrown, as when the acknowledgement is lost. */
  after?: (records: readonly SinkRecord[]) => SoferError | null;
}

/** A place that several MemorySinks may open, as several runs open one store. */
export class MemoryStore {
  readonly records = new Map<string, SinkRecord>();
  spec: SinkSpec | null = null;
  mapping: number | null = null;
  /** Records sent, also those that were refused. */
  sent = 0;
}

const LIMITS: SinkLimits = { maxRecords: 50, maxBytes: 1_000_000, maxIds: 100 };
const PAGE = 100;

/** A sink that holds its records in memory and keeps the contract, with faults on demand. */
export class MemorySink implements Sink {
  readonly name: string;
  readonly mapping: number;
  readonly limits: SinkLimits;
  readonly host = null;
  readonly store: MemoryStore;
  readonly faults: MemoryFaults;

  constructor(
    store: MemoryStore,
    options: { name?: string; mapping?: number; limits?: Partial<SinkLimits>; faults?: MemoryFaults } = {},
  ) {
    this.store = store;
    this.name = options.name ?? "memory";
    this.mapping = options.mapping ?? 1;
    this.limits = { ...LIMITS, ...options.limits };
    this.faults = options.faults ?? {};
  }

  sizeOf({ chunk, vector }: SinkRecord): number {
    return chunk.text.length * 2 + (vector?.values.byteLength ?? 0);
  }

  async describe(signal: AbortSignal): Promise<SinkState> {
    await this.#begin("describe", signal);
    const { spec, records, mapping } = this.store;
    if (spec === null) return { exists: false, records: null, dimensions: null, mapping: null };
    return { exists: true, records: records.size, dimensions: spec.space?.dimensions ?? null, mapping };
  }

  async ensure(spec: SinkSpec, signal: AbortSignal): Promise<void> {
    await this.#begin("ensure", signal);
    const held = this.store.spec?.space?.dimensions;
    const wanted = spec.space?.dimensions;
    if (this.store.spec !== null && held !== wanted) {
      throw new SoferError("mismatch", `memory holds vectors of ${held ?? "no"} dimensions, not ${wanted ?? "none"}`);
    }
    this.store.spec = spec;
    this.store.mapping = this.mapping;
  }

  async upsert(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly (SoferError | null)[]> {
    await this.#begin("upsert", signal);
    this.store.sent += records.length;
    const outcomes = records.map((record) => {
      const refusal = this.faults.refuse?.(record) ?? null;
      if (refusal === null) this.store.records.set(record.id, record);
      return refusal;
    });
    const lost = this.faults.after?.(records) ?? null;
    if (lost !== null) throw lost;
    return outcomes;
  }

  async remove(ids: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#begin("remove", signal);
    for (const id of ids) this.store.records.delete(id);
  }

  settle(signal: AbortSignal): Promise<void> {
    return this.#begin("settle", signal);
  }

  async scan(from: string | null, signal: AbortSignal): Promise<ScanPage> {
    await this.#begin("scan", signal);
    const ids = [...this.store.records.keys()].toSorted().filter((id) => from === null || id > from);
    const page = ids.slice(0, PAGE);
    return {
      holdings: page.map((id) => ({ id, contentHash: this.store.records.get(id)?.contentHash ?? "" })),
      next: ids.length > PAGE ? (page.at(-1) ?? null) : null,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #begin(call: Parameters<NonNullable<MemoryFaults["before"]>>[0], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const fault = this.faults.before?.(call) ?? null;
    return fault === null ? Promise.resolve() : Promise.reject(fault);
  }
}
