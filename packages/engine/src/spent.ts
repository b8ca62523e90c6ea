/**
 * Where a run's time went, in ms. Requests wait and are answered side by side, and processes work side by side: so these
 * are sums that may be many times the run's own time, to be compared with each other.
 */
export interface Spent {
  /** Requests waiting for their turn. */
  readonly paceMs: number;
  /** Requests on the wire, from sending to the end of the body. */
  readonly networkMs: number;
  /** Processor time of the workers: unpacking, checking and parsing answers. */
  readonly parseMs: number;
  /** Cleaning texts, counting their tokens, making chunks. */
  readonly chunkMs: number;
  /** Transactions and the full-text index. */
  readonly writeMs: number;
}

/** What a worker has spent since it last said so. */
export type WorkerSpent = Pick<Spent, "networkMs" | "parseMs">;
/** What the writer thread has spent so far. */
export type WriterSpent = Pick<Spent, "chunkMs" | "writeMs">;

/** How much of what the user allows was used on one host. */
export interface UsedPace {
  readonly host: string;
  /** Between the first permit and the last; null: there were too few. */
  readonly usedPerSecond: number | null;
  /** 0: no pace. */
  readonly allowedPerSecond: number;
}
