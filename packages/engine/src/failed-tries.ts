import type { EventListener, PlainError, SoferError, Unit } from "@sofer/core";
import type { BookWorks } from "./bucket/book-works.ts";
import type { HostPaces } from "./pace/host-paces.ts";
import type { Retries } from "./retries.ts";
import type { SplitLeaves } from "./split-leaves.ts";
import type { WriterClient } from "./writer/writer-client.ts";

export interface FailedTriesEnds {
  readonly writer: WriterClient;
  readonly onEvent: EventListener;
  readonly paces: HostPaces;
  readonly retries: Retries;
  readonly leaves: SplitLeaves;
  readonly works: BookWorks;
  /** The unit is given out again after `waitMs`. */
  readonly addLater: (unit: Unit, waitMs: number) => void;
  /** The unit has failed by name. */
  readonly fail: (unit: Unit, error: PlainError) => void;
  /** The run cannot go on. */
  readonly endWith: (error: SoferError) => void;
}

/** Errors that say the host cannot be reached at all, rather than that one unit is bad. */
const UNREACHABLE = new Set(["network", "tls", "timeout", "server-error", "not-json", "throttled", "refused"]);

/**
 * What becomes of a unit that a worker could not bring: it is done again, asked in parts, planned anew, or failed by
 * name; and the run ends where none of it helps any more (retries.ts decides).
 */
export class FailedTries {
  readonly #ends: FailedTriesEnds;
  #lastUnreachable: PlainError | undefined;

  constructor(ends: FailedTriesEnds) {
    this.#ends = ends;
  }

  /** Why the last unit was given up whose host could not be reached. */
  get lastUnreachable(): PlainError | undefined {
    return this.#lastUnreachable;
  }

  failed(unit: Unit, error: PlainError): void {
    const { writer, paces, retries, leaves, works, addLater, fail } = this.#ends;
    // Given back by a worker that was told to stop: not a failure, the next run brings it.
    if (error.code === "interrupted") return;
    if (error.next === "split" && unit.kind === "text") return leaves.split(unit, error.message);
    if (error.next === "relist" && unit.kind === "book") {
      // What came of it so far is of a book that is no more.
      writer.post({ type: "abandon", unitId: unit.id });
      works.wasReplaced(unit.bookTitle, error);
      return;
    }
    const next = retries.failed(unit, error, paces.isDown(error));
    if (next.kind === "again") {
      if (unit.kind === "book") writer.post({ type: "abandon", unitId: unit.id });
      this.#saysRetry(unit, error, next.failures, next.waitMs);
      addLater(unit, next.waitMs);
      this.#endIfHopeless();
    } else if (next.kind === "split" && unit.kind === "text") leaves.split(unit, next.error.message);
    else {
      if (UNREACHABLE.has(error.code)) this.#lastUnreachable = next.error;
      fail(unit, next.error);
    }
  }

  /** A file of a book is sent again by its worker. */
  waits(unit: Unit, error: PlainError, failures: number, waitMs: number): void {
    const { paces, retries } = this.#ends;
    this.#saysRetry(unit, error, failures, waitMs);
    if (error.next === "retry" && !paces.isDown(error)) retries.counted();
    this.#endIfHopeless();
  }

  #saysRetry(unit: Unit, error: PlainError, failures: number, waitMs: number): void {
    const { id: unitId, bookTitle: title } = unit;
    this.#ends.onEvent({ type: "unit-retried", unitId, title, error, failures, waitMs });
  }

  #endIfHopeless(): void {
    const hopeless = this.#ends.retries.hopeless();
    if (hopeless !== null) this.#ends.endWith(hopeless);
  }
}
