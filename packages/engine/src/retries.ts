import {
  BackOff,
  mayPass,
  requestCount,
  SoferError,
  type BackOffOptions,
  type PlainError,
  type Unit,
} from "@sofer/core";

export interface RetriesOptions extends BackOffOptions {
  /** Retries for every hundred answers, beyond the first FREE_RETRIES. */
  readonly budgetPercent: number;
  /** The requests of a text unit were tried again where they failed, one by one, before the unit was given back. */
  readonly textsRetryInPlace?: boolean;
}

/** What follows from a unit's failure. */
export type NextTry =
  | { readonly kind: "again"; readonly waitMs: number; readonly failures: number }
  /** It is asked in parts. */
  | { readonly kind: "split"; readonly error: PlainError }
  | { readonly kind: "give-up"; readonly error: PlainError };

/** A run's first retries are no sign of anything: a host may be restarting. */
const FREE_RETRIES = 100;

/**
 * Decides what becomes of units that failed, and whether the run still gets on. Units wait here, in the coordinator, and
 * not in a worker: a wait holds no connection, no slot and no lease. (Only the files of a book by the bucket wait where
 * they are, in their worker's memory, and give up their slot meanwhile.)
 */
export class Retries {
  readonly #options: RetriesOptions;
  readonly #backOffs = new Map<string, BackOff>();
  #retries = 0;
  #answers = 0;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** @param isDown everybody waits for the host: then it costs the unit nothing. */
  failed(unit: Unit, error: PlainError, isDown: boolean): NextTry {
    if (!mayPass(error)) return this.#giveUp(unit, error);
    if (this.#wasRetried(unit) && !isDown) return this.#giveUp(unit, error);
    const backOff = this.#backOffs.get(unit.id) ?? new BackOff(this.#options);
    this.#backOffs.set(unit.id, backOff);
    if (unit.kind === "text" && error.code === "timeout" && backOff.failures > 0 && !isDown) {
      const requests = requestCount(backOff.requests + 1);
      this.#backOffs.delete(unit.id);
      return {
        kind: "split",
        error: { ...error, code: "too-slow", next: "split", message: `${error.message} (${requests})` },
      };
    }
    const waitMs = backOff.next(error, isDown);
    if (waitMs === null) return this.#giveUp(unit, error);
    if (error.next === "retry" && !isDown) this.#retries++;
    return { kind: "again", waitMs, failures: backOff.requests };
  }

  /** A retry that a worker makes by itself. */
  counted(): void {
    this.#retries++;
  }

  answered(unitId: string): void {
    this.#backOffs.delete(unitId);
    this.#answers++;
  }

  /** Not null: the run only burdens the host. */
  hopeless(): SoferError | null {
    const allowed = FREE_RETRIES + (this.#options.budgetPercent / 100) * this.#answers;
    if (this.#retries <= allowed) return null;
    return new SoferError(
      "hopeless",
      `the source fails more than it answers: ${this.#retries} retries for ${this.#answers} answers`,
      { hint: "what was stored is kept; run the same command again later, or raise --retry-budget" },
    );
  }

  /** A book's files have had their attempts, one by one, and so have the sections of a walk. */
  #wasRetried({ kind }: Unit): boolean {
    return kind === "book" || (kind === "text" && this.#options.textsRetryInPlace === true);
  }

  #giveUp(unit: Unit, error: PlainError): NextTry {
    const backOff = this.#backOffs.get(unit.id);
    this.#backOffs.delete(unit.id);
    if (backOff === undefined) return { kind: "give-up", error };
    const message = `${error.message} (${requestCount(backOff.requests)})`;
    return { kind: "give-up", error: { ...error, message, causes: [error.message, ...error.causes] } };
  }
}
