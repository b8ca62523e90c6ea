import { systemClock, type Clock } from "@sofer/core";

/** Well below the 100 ms that the coordinator's loop may stand still (design 2.3). */
const HELD_MS = 20;

/** Lets the event loop turn once. */
export function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets the event loop turn when work has held it for a while: to be asked for between small steps of long work. */
export class Breath {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#since = clock.monotonicMs();
  }

  async take(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#since < HELD_MS) return;
    await aTurn();
    this.#since = this.#clock.monotonicMs();
  }
}
