import type { ChunkLine } from "./chunk.ts";
import type { Clock } from "./clock.ts";
import type { SoferError } from "./errors.ts";
import type { ChunkVector, VectorSpace } from "./embedder.ts";
import type { SecretName, Secrets } from "./secrets.ts";

/**
 * Where chunks go. A **sink** is one place in one store (an index, a table, a namespace, a file); a **record** is a
 * chunk as a sink takes it. What the sink acknowledged stands in the library's **ledger** of that sink: plan minus
 * ledger is what is left to push, ledger against `scan` is **drift**.
 */
export interface SinkRecord {
  /** The chunk's id, 32 hex digits: the record's key in the store. */
  readonly id: string;
  /** 32 hex digits of everything the record says, its vector's key included. It is stored with the record. */
  readonly contentHash: string;
  readonly chunk: ChunkLine;
  /** null where the sink is given no vectors. */
  readonly vector: ChunkVector | null;
}

/** What a sink is to hold. */
export interface SinkSpec {
  /** Name of the chunk profile. */
  readonly profile: string;
  /** Of all its vectors; null: it is given none. */
  readonly space: VectorSpace | null;
}

/** What is there. */
export interface SinkState {
  /** False: nothing yet; `ensure` makes it. */
  readonly exists: boolean;
  /** Records, as far as the store says without counting them one by one; null: it does not. */
  readonly records: number | null;
  /** Numbers in its vectors; null: it takes none, or any. */
  readonly dimensions: number | null;
  /** How its records are laid out (Sink.mapping), where that can be read back; null: it cannot, or nothing is there. */
  readonly mapping: number | null;
}

/** What one request may hold; the caller keeps to it. One record above `maxBytes` fails by name and is never sent. */
export interface SinkLimits {
  readonly maxRecords: number;
  /** By `sizeOf`. */
  readonly maxBytes: number;
  /** Ids in one `remove`. */
  readonly maxIds: number;
}

/** A record that the store has. */
export interface SinkHolding {
  readonly id: string;
  /** "" where the store has the id without a hash: then it differs. */
  readonly contentHash: string;
}

export interface ScanPage {
  readonly holdings: readonly SinkHolding[];
  /** Where the next page begins; null: that was all. */
  readonly next: string | null;
}

/**
 * Promises:
 *
 * - Every method is one try at one thing, mostly one request: the caller paces it, repeats it and gives it up. Nothing
 *   is repeated inside, and no method waits for another.
 * - Everything may be called twice, also after the process was killed in the middle of the first: `ensure` finds what it
 *   made, an `upsert` of a record that is there replaces it and never makes a second, a `remove` of what is not there is
 *   done. So a record may be sent again whose acknowledgement was lost.
 * - `ensure` comes before the first `upsert`, `remove`, `scan`. Then calls come in any order, and up to
 *   `limits`-sized requests of different records may be in flight at once; never two of the same id.
 * - What `upsert` acknowledges survives a crash of the store's own process, with the vector, the text and the hash it was
 *   given. After `settle` it is what `scan` shows.
 * - No record of somebody else's in the same place is touched: whoever shares it is told apart (namespace, index, table).
 *
 * What follows from an error is its `next`: `retry`, `later` (with `retryAfterMs`): the same call again; `split`
 * (`too-large`): the same records in halves; `never` as the outcome of one record: it is a named failure, the others
 * stand; `stop`: this sink's push ends (`unauthorized`, `mismatch`, `unreachable`), other sinks go on. No error holds a
 * secret.
 */
export interface Sink {
  /** By which the ledger knows it, and the command line: one library may have several of a kind. */
  readonly name: string;
  /** Version of how a record is laid out in the store. Another one: every record is sent again. */
  readonly mapping: number;
  readonly limits: SinkLimits;
  /** host or host:port that is asked, for its pace; null: a file or a library in this process. */
  readonly host: string | null;
  /** Bytes that a record takes in a request, at least. */
  sizeOf(record: SinkRecord): number;
  /** Looks, and makes nothing. */
  describe(signal: AbortSignal): Promise<SinkState>;
  /** Makes what is missing. @throws `mismatch` when what is there was made for other vectors, or is not ours. */
  ensure(spec: SinkSpec, signal: AbortSignal): Promise<void>;
  /**
   * One outcome for each record, in the order of the records: null when it is stored, or why not, with a `next` of
   * `retry`, `later` or `never`. It throws when nothing is known of any of them.
   */
  upsert(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly (SoferError | null)[]>;
  /** All of them are gone when it returns. */
  remove(ids: readonly string[], signal: AbortSignal): Promise<void>;
  /** Makes visible to `scan` and `describe` what was acknowledged. */
  settle(signal: AbortSignal): Promise<void>;
  /** One page of what the sink holds, each record once, in any order. @param from `next` of the page before; null: the first */
  scan(from: string | null, signal: AbortSignal): Promise<ScanPage>;
  /** Frees what it holds open. Called once, also after a failure. */
  close(): Promise<void>;
}

/** What a sink's ledger says of a chunk: the store acknowledged it like this. */
export interface LedgerEntry {
  readonly id: string;
  readonly contentHash: string;
  readonly mapping: number;
}

/** One difference between ledger and store: `-` only in the ledger, `+` only in the store, `*` another content. */
export interface SinkDrift {
  readonly sign: "-" | "+" | "*";
  readonly sink: string;
  readonly id: string;
}

export interface SinkOption {
  readonly name: string;
  /** One sentence. */
  readonly meaning: string;
  /** null: it must be given, unless `isOptional`. */
  readonly default: string | null;
  readonly isOptional?: boolean;
}

/** What a sink is opened with beside its options. */
export interface SinkContext {
  /** By which the ledger knows it. */
  readonly name: string;
  /** The library file, for sinks that stand beside it. */
  readonly libraryPath: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** ms that one request may take. */
  readonly timeoutMs: number;
}

/**
 * A kind of store, as `--to KIND[=options]` names it: one for each adapter. Every sink also takes the options `name`
 * (its name in the ledger; the kind's without it) and `profile`.
 */
export interface SinkKind {
  readonly kind: string;
  /** What it is, one line without a full stop. */
  readonly summary: string;
  /** `required`: it takes only chunks that have a vector; `optional`: with `--embed` it takes them; `none`: text only. */
  readonly vectors: "required" | "optional" | "none";
  /** The chunk profile it takes unless told otherwise. */
  readonly profile: string;
  /** The option that a bare value is: `jsonl=chunks.jsonl`. */
  readonly mainOption: string | null;
  readonly options: readonly SinkOption[];
  /** Secrets that it may need; which of them it must have, it says when it is opened. */
  readonly secrets: readonly SecretName[];
  /** Checks options and secrets, and asks nothing of the store yet. @throws `usage` */
  open(options: Readonly<Record<string, string>>, context: SinkContext): Promise<Sink>;
}
