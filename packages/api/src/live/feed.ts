import { systemClock, type Clock, type Control, type StampedEvent, type StampedListener } from "@sofer/core";
import type { ToApi } from "./messages.ts";
import { ProgressCounter } from "./progress.ts";

/** The API hears of the run so often. M: a message of some KB costs the sender 28 us. */
const EVERY_MS = 100;
/** Events of one message at most: a run makes some hundred a second. */
const MOST_EVENTS = 5_000;

/**
 * Tells the API's process of the run: in the ingest's own process, so it only adds up and passes on. Nothing waits for the
 * API: what it cannot take in time is missing there, and it says so.
 */
export class Feed {
  readonly #clock: Clock;
  readonly #progress = new ProgressCounter();
  #to: { readonly control: Control; readonly send: (message: ToApi) => void } | null = null;
  #events: StampedEvent[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;
  #toldAt = 0;
  #blockedMs = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** From the run's first event on, whether or not the API is there already. */
  readonly listen: StampedListener = (event, stamp) => {
    this.#progress.apply(event);
    this.#events.push({ ...stamp, event });
    // By halves, so that the list is not moved at each event.
    if (this.#events.length > MOST_EVENTS * 2) this.#events = this.#events.slice(-MOST_EVENTS);
  };

  begin(control: Control, send: (message: ToApi) => void): void {
    this.#to = { control, send };
    this.#toldAt = this.#clock.monotonicMs();
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
    this.tell();
  }

  /** What has happened until now. */
  tell(): void {
    if (this.#to === null) return;
    const events = this.#events.slice(-MOST_EVENTS);
    this.#events = [];
    const live = {
      at: this.#clock.now(),
      engine: this.#to.control.snapshot(),
      progress: this.#progress.now,
      blockedMs: this.#blockedMs,
    };
    this.#blockedMs = 0;
    this.#to.send({ type: "live", live, events });
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#blockedMs = Math.max(this.#blockedMs, nowMs - this.#toldAt - EVERY_MS);
    this.#toldAt = nowMs;
    this.tell();
  }
}
