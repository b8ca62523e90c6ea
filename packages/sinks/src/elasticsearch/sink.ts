import {
  SoferError,
  type ScanPage,
  type Sink,
  type SinkLimits,
  type SinkRecord,
  type SinkSpec,
  type SinkState,
} from "@sofer/core";
import { vectorFault } from "../vector-json.ts";
import { blocked, SCAN_PAGE, type BulkItem, type ElasticApi, type FoundIndex } from "./api.ts";
import { bulkLines } from "./document.ts";
import { indexBody, MAPPING } from "./mapping.ts";

export interface ElasticSinkOptions {
  readonly name: string;
  readonly index: string;
  /** host or host:port. */
  readonly host: string;
}

/**
 * Elastic advises some megabytes for a bulk request; servers take 100 MB, the smaller ones that are hosted 10 MB, and
 * say 413 above.
 */
const LIMITS: SinkLimits = { maxRecords: 1000, maxBytes: 5_000_000, maxIds: 2000 };

/** An index of Elasticsearch or OpenSearch. */
export class ElasticSink implements Sink {
  readonly name: string;
  readonly mapping = MAPPING;
  readonly limits = LIMITS;
  readonly host: string;
  readonly #index: string;
  readonly #api: ElasticApi;
  /** Of the index's vectors; null: it has none; undefined: `ensure` has not been called. */
  #dimensions: number | null | undefined;
  /** A record is measured first and sent then: its lines are made once. */
  readonly #made = new WeakMap<SinkRecord, string>();

  constructor({ name, index, host }: ElasticSinkOptions, api: ElasticApi) {
    this.name = name;
    this.host = host;
    this.#index = index;
    this.#api = api;
  }

  sizeOf(record: SinkRecord): number {
    return Buffer.byteLength(this.#linesOf(record));
  }

  async describe(signal: AbortSignal): Promise<SinkState> {
    const found = await this.#api.find(signal);
    if (found === null) return { exists: false, records: null, dimensions: null, mapping: null };
    const records = await this.#api.count(signal);
    return { exists: true, records, dimensions: found.dimensions, mapping: found.meta?.mapping ?? null };
  }

  async ensure(spec: SinkSpec, signal: AbortSignal): Promise<void> {
    let found = await this.#api.find(signal);
    if (found === null) {
      const server = await this.#api.server(signal);
      // Another run may have made it in between: then it is looked at like any that was there.
      if (!(await this.#api.create(indexBody(server, spec), signal))) found = await this.#api.find(signal);
    }
    if (found !== null) this.#check(found, spec);
    this.#dimensions = spec.space?.dimensions ?? null;
  }

  async upsert(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly (SoferError | null)[]> {
    signal.throwIfAborted();
    const dimensions = this.#ensured();
    const faults = records.map((record) => vectorFault(record, dimensions));
    const sent = records.filter((_, at) => faults[at] === null);
    if (sent.length === 0) return faults;
    const lines = sent.map((record) => this.#linesOf(record)).join("");
    const ids = sent.map(({ id }) => id);
    const outcomes = (await this.#api.bulk(lines, ids, signal)).map((item, at) => this.#outcome(item, ids[at] ?? ""));
    return faults.map((fault) => fault ?? outcomes.shift() ?? null);
  }

  async remove(ids: readonly string[], signal: AbortSignal): Promise<void> {
    this.#ensured();
    const lines = ids.map((id) => `${JSON.stringify({ delete: { _id: id } })}\n`).join("");
    const items = await this.#api.bulk(lines, ids, signal);
    for (const [at, item] of items.entries()) {
      // Gone already; an index that is gone says so by a type of its own.
      if (item.status === 404 && item.type === "") continue;
      const failed = this.#outcome(item, ids[at] ?? "");
      if (failed !== null) throw failed;
    }
  }

  async settle(signal: AbortSignal): Promise<void> {
    await this.#api.refresh(signal);
  }

  async scan(from: string | null, signal: AbortSignal): Promise<ScanPage> {
    const hits = await this.#api.page(from, signal);
    const last = hits.at(-1)?.sort[0];
    return {
      holdings: hits.map(({ _id: id, fields }) => {
        const hash = fields?.["contentHash"]?.[0];
        return { id, contentHash: typeof hash === "string" ? hash : "" };
      }),
      next: hits.length === SCAN_PAGE && typeof last === "string" ? last : null,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws `mismatch` */
  #check({ meta, dimensions }: FoundIndex, { profile, space }: SinkSpec): void {
    const hint = "name another index: one that is missing is made";
    const wrong = (why: string) => new SoferError("mismatch", `the index ${this.#index} ${why}`, { hint });
    if (meta === null) throw wrong("is there already, and sofer has not made it");
    if (meta.mapping !== MAPPING) {
      throw wrong(`was made by another version of sofer (layout ${meta.mapping}, not ${MAPPING})`);
    }
    if (meta.profile !== profile) throw wrong(`holds chunks of the profile ${meta.profile}, not ${profile}`);
    const wanted = space?.dimensions ?? null;
    if (dimensions !== wanted) {
      throw wrong(
        `holds ${dimensions === null ? "no vectors" : `vectors of ${dimensions} dimensions`}, not ${wanted ?? "none"}`,
      );
    }
    if (meta.model !== (space?.model ?? null)) throw wrong(`holds vectors of ${meta.model}, not of ${space?.model}`);
  }

  /**
   * What became of one record.
   * @throws what ends the push: it is not about this record
   */
  #outcome({ status, type, said }: BulkItem, id: string): SoferError | null {
    if (status < 300) return null;
    if (type === "index_not_found_exception") throw new SoferError("unreachable", `the index ${this.#index} is gone`);
    if (status === 403 && type === "cluster_block_exception") throw blocked(said);
    if (status === 401 || status === 403) throw new SoferError("unauthorized", `${this.host} refused the key: ${said}`);
    if (status === 429) return new SoferError("throttled", `chunk ${id}: ${said}`, { status });
    // A conflict is between two writes of one record: the later one wins when it comes again.
    if (status === 409 || status >= 500) return new SoferError("server-error", `chunk ${id}: ${said}`, { status });
    return new SoferError("bad-item", `chunk ${id} is refused: ${said}`, { status });
  }

  #linesOf(record: SinkRecord): string {
    const known = this.#made.get(record);
    if (known !== undefined) return known;
    const lines = bulkLines(record);
    this.#made.set(record, lines);
    return lines;
  }

  #ensured(): number | null {
    if (this.#dimensions !== undefined) return this.#dimensions;
    throw new SoferError("internal", `the sink ${this.name} was used before ensure`);
  }
}
