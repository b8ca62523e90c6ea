/** Time is handed in: code that waits takes a Clock, tests give it a FakeClock (`@sofer/core/testing`). */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. Only for what is shown or kept; it may jump. */
  now(): number;
  /** Milliseconds of a clock that never goes back. For every duration and deadline. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const done = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  },
};
