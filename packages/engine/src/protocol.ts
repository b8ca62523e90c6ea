import type {
  BookOutline,
  BookSettlement,
  ContentsEntry,
  ListedObject,
  ObjectPage,
  Parcel,
  PlainError,
  Refusal,
  SendingEnd,
  Settlement,
  Unit,
  VersionMeta,
} from "@sofer/core";
import type { PackedRows } from "./packed-rows.ts";
import type { WorkerSpent } from "./spent.ts";
import type { StrategyName } from "./strategy/strategy.ts";

/**
 * What coordinator and workers say to each other: plain serialisable data, nothing that only one process could hold,
 * so that the same messages could cross a network (design, section 9).
 *
 *     coordinator -> worker   start, unit*, permits*, ack*, stop
 *     worker -> coordinator   ready, permit*, refused*, ended*, (contents | listing | index | outline | versions | (batch | parcel | waiting resumed)* (text | book))*, failed*, spent*, grown, done
 *
 * A unit's rows come as batches of 256 KB to 1 MB; a worker may have WINDOW_BYTES of them unacknowledged, and sends one
 * unit's rows at a time, so both sides' queues are bounded. A worker that closes without `done` has crashed.
 */
export type ToWorker =
  | { readonly type: "start"; readonly worker: number; readonly settings: WorkerSettings }
  | { readonly type: "unit"; readonly unit: Unit }
  /** The named permits are granted: send now, or, after `expiresAt` (wall clock, ms), ask again. */
  | { readonly type: "permits"; readonly ids: readonly number[]; readonly expiresAt: number }
  /** The writer has taken `bytes` of this worker's batches. */
  | { readonly type: "ack"; readonly bytes: number }
  /** No more units: finish what is in flight, say `done`, leave. */
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready"; readonly pid: number }
  | { readonly type: "permit"; readonly id: number; readonly host: string }
  | { readonly type: "refused"; readonly refusal: Refusal }
  | { readonly type: "ended"; readonly end: SendingEnd }
  /** This process has come to hold more than it may (bytes): it is to leave after what it has in hand. */
  | { readonly type: "grown"; readonly bytes: number }
  /** After each unit, for the receipt. */
  | { readonly type: "spent"; readonly spent: WorkerSpent }
  | { readonly type: "sent"; readonly requests: readonly SentRequest[] }
  | {
      readonly type: "contents";
      readonly unitId: string;
      readonly entries: readonly ContentsEntry[];
      /** By the bucket: what stands before its objects' names. */
      readonly root: string | null;
      readonly cost: Cost;
    }
  | {
      readonly type: "listing";
      readonly unitId: string;
      readonly root: string;
      readonly page: ObjectPage;
      readonly cost: Cost;
    }
  | { readonly type: "index"; readonly unitId: string; readonly objects: readonly ListedObject[]; readonly cost: Cost }
  | { readonly type: "outline"; readonly unitId: string; readonly outline: BookOutline; readonly cost: Cost }
  | {
      readonly type: "versions";
      readonly unitId: string;
      readonly versions: readonly VersionMeta[];
      readonly cost: Cost;
    }
  | RowBatch
  | { readonly type: "parcel"; readonly unitId: string; readonly head: ParcelHead }
  | { readonly type: "text"; readonly unitId: string; readonly settlement: Settlement; readonly cost: Cost }
  | { readonly type: "book"; readonly unitId: string; readonly settlement: BookSettlement; readonly cost: Cost }
  /** `best` had no text on a side among the versions asked: ask for all. */
  | { readonly type: "widen"; readonly unitId: string; readonly cost: Cost }
  /** A file of a book is sent again after `waitMs`: meanwhile its unit needs no slot, until it is `resumed`. */
  | {
      readonly type: "waiting";
      readonly unitId: string;
      readonly error: PlainError;
      readonly failures: number;
      readonly waitMs: number;
    }
  | { readonly type: "resumed"; readonly unitId: string }
  | { readonly type: "failed"; readonly unitId: string; readonly error: PlainError; readonly cost: Cost }
  | { readonly type: "done" };

export interface RowBatch {
  readonly type: "batch";
  readonly unitId: string;
  readonly rows: PackedRows;
  /** What it counts for in the window: UTF-16 units of the texts, doubled. */
  readonly bytes: number;
}

/** A parcel without its rows, which came before in batches. */
export type ParcelHead = Omit<Parcel, "paths" | "texts">;

/** What a unit took. */
export interface Cost {
  readonly requests: number;
  readonly bytes: number;
}

/** One request as it was sent; `sentAt` is wall-clock milliseconds with fractions. */
export interface SentRequest {
  readonly url: string;
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly sentAt: number;
}

/** What a worker needs to build its source and its loop. No secrets: it is logged. */
export interface WorkerSettings {
  readonly baseUrl: string;
  /** Of the storage service. */
  readonly bucketUrl: string;
  readonly userAgent: string;
  readonly maxConcurrentRequests: number;
  /** Units in hand at once. */
  readonly maxUnits: number;
  /** Of the answers in hand, from their asking until their rows are sent. One may always be, however large. */
  readonly inHandBytes: number;
  readonly strategy: StrategyName;
  readonly maxRetries: number;
  readonly initialBackoffMs: number;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  /** Resident; a worker that has grown beyond is replaced. */
  readonly maxMemoryBytes: number;
  /** Whether each request is reported (`--request-log`). */
  readonly reportsRequests: boolean;
}

/** M (bun-facts 2): 10,000 queued messages of 20 KB held 400 MB; four batches keep the writer busy. */
export const WINDOW_BYTES = 2 * 1024 * 1024;
export const BATCH_BYTES = 512 * 1024;
