import { HostPacer } from "../pace/host-pacer.ts";
import { Sender } from "../pace/sender.ts";
import { HastyClock } from "./hasty-clock.ts";
import { MemoryLedger } from "./memory-ledger.ts";

export interface SenderBench {
  readonly sender: Sender;
  readonly clock: HastyClock;
  /** Nothing more is sent. */
  readonly stop: AbortController;
}

/** A sender without a pace whose waits are over at once. */
export function senderBench(options: { maxRetries?: number; maxOutageMs?: number } = {}): SenderBench {
  const clock = new HastyClock();
  const stop = new AbortController();
  const pacer = new HostPacer(() => ({ ratePerSecond: 0, burst: 1 }), new MemoryLedger(), clock);
  const sender = new Sender({
    pacer,
    clock,
    tries: { maxRetries: options.maxRetries ?? 3, initialBackoffMs: 1_000, random: () => 0.5 },
    maxOutageMs: options.maxOutageMs ?? 60_000,
    signal: stop.signal,
    hardStop: new AbortController().signal,
  });
  return { sender, clock, stop };
}
