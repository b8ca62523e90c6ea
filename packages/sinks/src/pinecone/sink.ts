import {
  SoferError,
  type ScanPage,
  type Sink,
  type SinkLimits,
  type SinkRecord,
  type SinkSpec,
  type SinkState,
} from "@sofer/core";
import { vectorFault, vectorJson } from "../vector-json.ts";
import {
  MAX_DELETE_IDS,
  MAX_REQUEST_BYTES,
  MAX_REQUEST_RECORDS,
  VECTOR_FIELD,
  type IndexModel,
  type PineconeApi,
} from "./api.ts";
import { MAPPING, metadataOf } from "./metadata.ts";

export interface PineconeSinkOptions {
  readonly name: string;
  readonly index: string;
  /** The index's own address; null: the control plane knows it. */
  readonly host: string | null;
  readonly control: string;
  /** null: what a new index gets is `cosine`, and one that is there may have any. */
  readonly metric: string | null;
  readonly cloud: string;
  readonly region: string;
}

/** An index that is there and takes vectors. */
interface OpenIndex {
  readonly host: string;
  readonly dimension: number;
}

/** What `ensure` found, and was asked for. */
interface Ensured extends OpenIndex {
  readonly profile: string;
}

/** What a request holds beside its records. */
const ENVELOPE_BYTES = 1000;
/** An index is made in some seconds, and a write is seen after some. */
const INDEX_PAUSE_MS = 2000;
const FRESH_PAUSE_MS = 1000;
/** Whoever puts other records into our namespace has other ids: they are not ours to report, or to remove. */
const OUR_ID = /^[0-9a-f]{32}$/;

/** A namespace of a Pinecone index. */
export class PineconeSink implements Sink {
  readonly name: string;
  readonly mapping = MAPPING;
  readonly limits: SinkLimits = {
    maxRecords: MAX_REQUEST_RECORDS,
    maxBytes: MAX_REQUEST_BYTES - ENVELOPE_BYTES,
    maxIds: MAX_DELETE_IDS,
  };
  readonly host: string;
  readonly #options: PineconeSinkOptions;
  readonly #api: PineconeApi;
  #open: Ensured | null = null;
  /** Place in the namespace's log of the last write that was acknowledged to this handle. */
  #written: number | null = null;
  /** A record is measured first and sent then: its JSON is made once. */
  readonly #made = new WeakMap<SinkRecord, string>();

  constructor(options: PineconeSinkOptions, api: PineconeApi) {
    this.name = options.name;
    // The same throughout, although the index's own host is known only later: one project has one set of limits.
    this.host = new URL(options.host ?? options.control).host;
    this.#options = options;
    this.#api = api;
  }

  sizeOf(record: SinkRecord): number {
    const made = this.#jsonOf(record);
    // The comma. A record that fails by itself takes no room in the request.
    return Math.max(Buffer.byteLength(typeof made === "string" ? made : "") + 1, record.chunk.text.length + 1);
  }

  async describe(signal: AbortSignal): Promise<SinkState> {
    const nothing: SinkState = { exists: false, records: null, dimensions: null, mapping: null };
    let { host } = this.#options;
    if (host === null) {
      const index = await this.#api.describeIndex(this.#options.index, signal);
      if (index === null) return nothing;
      const { dimension } = this.#fieldOf(index);
      if (!index.status.ready) return { ...nothing, exists: true, dimensions: dimension };
      host = hostOf(index);
    }
    const { records, dimension } = await this.#api.stats(host, signal);
    return { exists: true, records, dimensions: dimension, mapping: null };
  }

  async ensure({ profile, space }: SinkSpec, signal: AbortSignal): Promise<void> {
    const { index, host } = this.#options;
    if (space === null) {
      throw new SoferError("mismatch", `the sink ${this.name} takes only chunks with vectors`, {
        hint: "name a model with --embed",
      });
    }
    const open = host === null ? await this.#make(space.dimensions, signal) : await this.#given(host, signal);
    if (open.dimension !== space.dimensions) {
      throw new SoferError(
        "mismatch",
        `the Pinecone index ${index} holds vectors of ${open.dimension} dimensions, not ${space.dimensions}`,
        { hint: "name another index, or embed with the dimensions it has" },
      );
    }
    this.#open = { ...open, profile };
  }

  async upsert(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly (SoferError | null)[]> {
    signal.throwIfAborted();
    const { host, dimension } = this.#ensured();
    const outcomes: (SoferError | null)[] = [];
    const vectors: string[] = [];
    for (const record of records) {
      const made = vectorFault(record, dimension) ?? this.#jsonOf(record);
      if (typeof made === "string") vectors.push(made);
      outcomes.push(typeof made === "string" ? null : made);
    }
    if (vectors.length === 0) return outcomes;
    try {
      this.#wrote(await this.#api.upsert(host, vectors, signal));
    } catch (thrown) {
      const isItsFault = thrown instanceof SoferError && thrown.code === "item-refused" && vectors.length === 1;
      if (!isItsFault) throw thrown;
      const at = outcomes.indexOf(null);
      outcomes[at] = new SoferError("bad-item", thrown.message, { cause: thrown });
    }
    return outcomes;
  }

  async remove(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { host } = this.#ensured();
    this.#wrote(await this.#api.remove(host, ids, signal));
  }

  /**
   * Pinecone shows a write some time after it was acknowledged, and says in each query's answer how far it has come.
   * Where it has not come far enough this is `later`: the caller asks again.
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#written === null) return;
    const { host, dimension } = this.#ensured();
    const indexed = await this.#api.indexedUpTo(host, dimension, signal);
    if (indexed === null || indexed >= this.#written) return;
    throw new SoferError("throttled", `Pinecone shows its writes up to ${indexed}, ours reach ${this.#written}`, {
      retryAfterMs: FRESH_PAUSE_MS,
    });
  }

  /**
   * A page of ids, then their hashes: two requests. The second brings the vectors along, which cannot be left out.
   * Records of another profile are of another sink, which shares our namespace: what is not reported is not removed.
   */
  async scan(from: string | null, signal: AbortSignal): Promise<ScanPage> {
    const { host, profile } = this.#ensured();
    const { ids, next } = await this.#api.list(host, from, signal);
    const ours = ids.filter((id) => OUR_ID.test(id));
    if (ours.length === 0) return { holdings: [], next };
    const marks = await this.#api.marks(host, ours, signal);
    const holdings = ours.flatMap((id) => {
      const mark = marks.get(id);
      // One that was listed and is gone by now is not there.
      const isOurs = mark !== undefined && (mark.profile ?? profile) === profile;
      return isOurs ? [{ id, contentHash: mark.contentHash }] : [];
    });
    return { holdings, next };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The index by the control plane, made when it is missing. */
  async #make(dimension: number, signal: AbortSignal): Promise<OpenIndex> {
    const { index: name, metric, cloud, region } = this.#options;
    const found =
      (await this.#api.describeIndex(name, signal)) ??
      (await this.#api.createIndex(name, { dimension, metric: metric ?? "cosine" }, { cloud, region }, signal)) ??
      (await this.#api.describeIndex(name, signal));
    if (found === null) {
      throw new SoferError("server-error", `Pinecone says that the index ${name} is there, and that it is not`);
    }
    const field = this.#fieldOf(found);
    this.#checkMetric(field.metric);
    if (found.status.ready) return { host: hostOf(found), dimension: field.dimension };
    throw new SoferError("throttled", `the Pinecone index ${name} is being made (${found.status.state})`, {
      retryAfterMs: INDEX_PAUSE_MS,
    });
  }

  async #given(host: string, signal: AbortSignal): Promise<OpenIndex> {
    const { dimension, metric } = await this.#api.stats(host, signal);
    if (dimension === null) {
      throw new SoferError("mismatch", `the Pinecone index at ${new URL(host).host} takes no dense vectors`);
    }
    if (metric !== null) this.#checkMetric(metric);
    return { host, dimension };
  }

  #checkMetric(held: string): void {
    const { index, metric } = this.#options;
    if (metric === null || held === metric) return;
    throw new SoferError("mismatch", `the Pinecone index ${index} compares by ${held}, not by ${metric}`, {
      hint: "leave metric out, or name another index",
    });
  }

  #fieldOf({ name, schema }: IndexModel): { dimension: number; metric: string } {
    const field = schema.fields[VECTOR_FIELD];
    if (field?.dimension !== undefined) return { dimension: field.dimension, metric: field.metric ?? "cosine" };
    const fields = Object.keys(schema.fields).join(", ");
    throw new SoferError("mismatch", `the Pinecone index ${name} is no index for dense vectors; it has ${fields}`, {
      hint: "name another index: one that is missing is made",
    });
  }

  #jsonOf(record: SinkRecord): string | SoferError {
    const known = this.#made.get(record);
    if (known !== undefined) return known;
    try {
      const { id, vector } = record;
      const metadata = JSON.stringify(metadataOf(record));
      const values = vector === null ? "[]" : vectorJson(vector.values);
      const json = `{"id":${JSON.stringify(id)},"values":${values},"metadata":${metadata}}`;
      this.#made.set(record, json);
      return json;
    } catch (thrown) {
      if (thrown instanceof SoferError) return thrown;
      throw thrown;
    }
  }

  #wrote(place: number | null): void {
    if (place !== null) this.#written = Math.max(place, this.#written ?? 0);
  }

  #ensured(): Ensured {
    if (this.#open !== null) return this.#open;
    throw new SoferError("internal", `the sink ${this.name} was used before ensure`);
  }
}

/** The control plane names hosts without a scheme; only a service on this machine speaks without encryption. */
function hostOf({ host }: IndexModel): string {
  if (/^https?:\/\//.test(host)) return host.replace(/\/+$/, "");
  return /^(localhost|127\.0\.0\.1)(:|$)/.test(host) ? `http://${host}` : `https://${host}`;
}
