import { SoferError, type Settings } from "@sofer/core";
import type { Sender } from "@sofer/engine";
import type { Messages } from "../render/messages.ts";
import { watchSignals } from "../signals.ts";

/** Waits that are worth a word. */
const LONG_WAIT_MS = 5_000;

/**
 * A sender for one stage, with the signals of its time: the first lets what is on its way come in, the second ends at
 * once.
 */
export async function withSender<T>(
  settings: Settings,
  messages: Messages,
  ratePerSecond: number,
  work: (sender: Sender) => Promise<T>,
): Promise<T> {
  const { openSender } = await import("@sofer/engine");
  const graceful = new AbortController();
  const hard = new AbortController();
  const signals = watchSignals(
    (signal) => {
      messages.info(`${signal}: finishing what is on its way; once more ends at once`);
      graceful.abort(new SoferError("interrupted", `stopped by ${signal}`));
    },
    () => hard.abort(new SoferError("interrupted", "stopped at once")),
  );
  const opened = openSender({
    settings,
    ratePerSecond,
    signal: graceful.signal,
    hardStop: hard.signal,
    onWait: (error, waitMs) => {
      const line = `${error.message}; again in ${Math.ceil(waitMs / 1000)} s`;
      if (waitMs >= LONG_WAIT_MS) messages.info(line);
      else messages.detail(line);
    },
  });
  try {
    return await work(opened.sender);
  } finally {
    opened.close();
    signals.dispose();
  }
}
