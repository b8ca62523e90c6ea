import { systemClock, type Settings, type SoferError } from "@sofer/core";
import { PaceBook } from "@sofer/store/run";
import { paceFileOf } from "../run-settings.ts";
import { HostPacer } from "./host-pacer.ts";
import { Sender } from "./sender.ts";

export interface OpenSenderOptions {
  readonly settings: Settings;
  /** Requests per second to each host; 0: as fast as it bears. */
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
  readonly hardStop: AbortSignal;
  readonly onWait?: (error: SoferError, waitMs: number) => void;
}

/** A sender with the user's pace file, so that what a host asked for holds for the next run too. Close it at the end. */
export function openSender(options: OpenSenderOptions): { readonly sender: Sender; close(): void } {
  const { settings, ratePerSecond, signal, hardStop, onWait } = options;
  const paceBook = new PaceBook(paceFileOf(settings));
  const pace = { ratePerSecond, burst: Math.max(1, ratePerSecond / 10) };
  const pacer = new HostPacer(() => pace, paceBook);
  const sender = new Sender({
    pacer,
    clock: systemClock,
    tries: { maxRetries: settings.maxRetries, initialBackoffMs: settings.initialBackoff * 1000 },
    maxOutageMs: settings.maxOutage * 1000,
    signal,
    hardStop,
    ...(onWait === undefined ? {} : { onWait }),
  });
  return {
    sender,
    close() {
      pacer.end();
      paceBook.close();
    },
  };
}
