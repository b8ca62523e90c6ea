import {
  isKept,
  systemClock,
  type Clock,
  type EventListener,
  type EventStamp,
  type RunEvent,
  type StampedEvent,
  type StampedListener,
} from "@sofer/core";

/** Kept events are written together, so often at most: one small transaction between the parcels. */
const WRITE_MS = 250;

export interface JournalOptions {
  readonly onEvent: StampedListener;
  /** Writes kept events into the library. */
  readonly record: (events: readonly StampedEvent[]) => Promise<void>;
  /** They could not be written. */
  readonly onLost: (error: unknown) => void;
  readonly clock?: Clock;
}

/** Numbers a run's events, tells of each at once, and keeps those in the library that are worth it. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #clock: Clock;
  #runId = 0;
  #seq = 0;
  #pending: StampedEvent[] = [];
  #isWaiting = false;
  #writing: Promise<void> = Promise.resolve();
  readonly #over = new AbortController();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  begin(runId: number): void {
    this.#runId = runId;
  }

  readonly listen: EventListener = (event: RunEvent) => {
    const stamp: EventStamp = { runId: this.#runId, seq: ++this.#seq, at: this.#clock.now() };
    this.#options.onEvent(event, stamp);
    if (!isKept(event)) return;
    this.#pending.push({ ...stamp, event });
    if (!this.#isWaiting) void this.#writeSoon();
  };

  /** Resolves when everything that was told is in the library. */
  flush(): Promise<void> {
    const events = this.#pending;
    this.#pending = [];
    if (events.length > 0) {
      this.#writing = this.#writing.then(() => this.#options.record(events)).catch(this.#options.onLost);
    }
    return this.#writing;
  }

  /** Nothing more is told; what was is written. Otherwise a process would not end before its last events were due. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.flush();
  }

  async #writeSoon(): Promise<void> {
    this.#isWaiting = true;
    const { signal } = this.#over;
    await this.#clock.sleep(WRITE_MS, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
    this.#isWaiting = false;
    await this.flush();
  }
}
