import { toPlainError, type PlainError } from "@sofer/core";
import type { Together } from "@sofer/store";

/** What is written of one unit. */
export interface Write {
  readonly unitId: string;
  /** Of its texts. */
  readonly bytes: number;
  /** Writes, and returns what is said of it once it is committed. May be called again, after all of it was undone. */
  run(): () => void;
  /** Instead, when something else of its unit has failed. */
  drop(): void;
}

export interface WriteGroupOptions {
  readonly transaction: Together;
  /** Something of the unit cannot be written. */
  readonly onRefused: (unitId: string, error: PlainError) => void;
  readonly isRefused: (unitId: string) => boolean;
}

/**
 * A group is committed when it has so many bytes of texts, about 10,000 segments, or is so old. Every parcel touches pages
 * all over the indexes, and each commit writes all pages that were touched: M, 1,240 parcels of 253 real books: 6.0 s one
 * by one, 4.9 s in groups; the larger the library, the more it matters.
 */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_MS = 250;
/** When nothing has come for so long, what is there is committed: nobody waits for a group to become full. */
const IDLE_MS = 10;

/**
 * Writes of several units in one transaction. When one fails all are undone, and each is done again by itself. Foreign
 * keys are not looked up for a group: what it adds is below rows that it found or made, what it removes has nothing below it
 * any more, and rows that point nowhere are found by `verify`.
 */
export class WriteGroup {
  readonly #options: WriteGroupOptions;
  #writes: Write[] = [];
  #sayings: (() => void)[] = [];
  #bytes = 0;
  #beganMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WriteGroupOptions) {
    this.#options = options;
  }

  add(write: Write): void {
    const { transaction } = this.#options;
    clearTimeout(this.#timer);
    this.#writes.push(write);
    this.#bytes += write.bytes;
    try {
      if (this.#writes.length === 1) {
        this.#beganMs = performance.now();
        transaction.begin(true);
      }
      this.#sayings.push(write.run());
    } catch (thrown) {
      this.#redo(thrown);
      return;
    }
    if (this.#bytes >= GROUP_BYTES || performance.now() - this.#beganMs >= GROUP_MS) this.commit();
    else this.#timer = setTimeout(() => this.commit(), IDLE_MS);
  }

  /** What is written in a transaction of its own, with its foreign keys looked up. */
  addAlone(write: Write): void {
    this.commit();
    this.#alone(write);
  }

  /** Commits what there is, if anything. */
  commit(): void {
    clearTimeout(this.#timer);
    if (this.#writes.length === 0) return;
    try {
      this.#options.transaction.commit();
    } catch (thrown) {
      this.#redo(thrown);
      return;
    }
    const sayings = this.#sayings;
    this.#empty();
    for (const say of sayings) say();
  }

  #redo(thrown: unknown): void {
    this.#options.transaction.undo();
    const writes = this.#writes;
    this.#empty();
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) this.#options.onRefused(only.unitId, toPlainError(thrown));
    else for (const write of writes) this.#alone(write);
  }

  #alone(write: Write): void {
    const { transaction, isRefused, onRefused } = this.#options;
    if (isRefused(write.unitId)) return write.drop();
    let say: () => void;
    try {
      transaction.begin(false);
      say = write.run();
      transaction.commit();
    } catch (thrown) {
      transaction.undo();
      onRefused(write.unitId, toPlainError(thrown));
      return;
    }
    say();
  }

  #empty(): void {
    this.#writes = [];
    this.#sayings = [];
    this.#bytes = 0;
  }
}
