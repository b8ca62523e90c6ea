import { ExitCode, systemClock, type Clock } from "@sofer/core";

/** `bun run` forwards the terminal's SIGINT to a script that got it already: one key press arrives twice within this. */
const SAME_KEY_PRESS_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a signal does, by the time since the first: nothing twice for one key press. */
export class SignalPolicy {
  readonly #clock: Clock;
  #firstMs: number | null = null;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  next(): "stop-gracefully" | "ignore" | "exit-now" {
    const nowMs = this.#clock.monotonicMs();
    if (this.#firstMs === null) {
      this.#firstMs = nowMs;
      return "stop-gracefully";
    }
    return nowMs - this.#firstMs <= SAME_KEY_PRESS_MS ? "ignore" : "exit-now";
  }
}

/** Signals while something long runs. Call `dispose` when it has ended. */
export function watchSignals(onFirst: (signal: string) => void, onSecond: () => void): { dispose(): void } {
  const policy = new SignalPolicy();
  const handlers = SIGNALS.map((signal) => {
    const handler = () => {
      const step = policy.next();
      if (step === "stop-gracefully") onFirst(signal);
      if (step !== "exit-now") return;
      onSecond();
      process.exit(ExitCode.interrupted);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return {
    dispose() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
