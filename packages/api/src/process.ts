import { fileURLToPath } from "node:url";
import { fromPlainError, SoferError, systemClock, toPlainError, type Control, type ControlCommand } from "@sofer/core";
import type { Feed } from "./live/feed.ts";
import type { FromApi, ProcessOptions, ToApi } from "./live/messages.ts";

/** ms that the API has for its last words. */
const PATIENCE_MS = 2_000;

export { Feed } from "./live/feed.ts";

export interface ApiProcessOptions extends Omit<ProcessOptions, "pid" | "startedAt" | "instance"> {
  readonly control: Control;
  readonly feed: Feed;
  /** It ended without being told to. */
  readonly onLost: (why: string) => void;
}

export interface ApiProcess {
  readonly url: string;
  readonly instance: string;
  end(): Promise<void>;
}

/**
 * Serves a run's API from a process of its own: whatever is asked of it, and by however many, the ingest's loop only sends
 * it a message ten times a second. It leaves with its parent, as workers do.
 * @param events those that happened before it was started
 * @throws SoferError `usage` when it cannot listen
 */
export async function startApiProcess({ control, feed, onLost, ...options }: ApiProcessOptions): Promise<ApiProcess> {
  const instance = crypto.randomUUID();
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  let isEnding = false;
  const child = Bun.spawn({
    cmd: [process.execPath, fileURLToPath(new URL("./api-main.ts", import.meta.url))],
    serialization: "advanced",
    // What it reports belongs to messages; stdout is for results.
    stdio: ["ignore", "ignore", "inherit"],
    ipc: (message: FromApi) => receive(message),
    onExit: (_child, code, signal) => {
      const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
      feed.end();
      reject(new SoferError("internal", `the status API did not start (${why})`));
      if (!isEnding) onLost(why);
    },
  });
  const send = (message: ToApi): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    try {
      child.send(message);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      // Bun throws when the channel closed between the check and the call; onExit follows.
    }
  };
  const receive = (message: FromApi): void => {
    if (message.type === "listening") resolve(message.url);
    else if (message.type === "failed") reject(fromPlainError(message.error));
    else {
      const { id, command } = message;
      void answer(id, command);
    }
  };
  const answer = async (id: number, command: ControlCommand): Promise<void> => {
    try {
      const done = await control.tell(command);
      // What has changed is to be seen with the answer, not a tenth of a second later.
      feed.tell();
      send({ type: "answer", id, done });
    } catch (thrown) {
      send({ type: "refused", id, error: toPlainError(thrown) });
    }
  };
  send({ type: "start", options: { ...options, instance, startedAt: systemClock.now(), pid: process.pid } });
  const end = async (): Promise<void> => {
    isEnding = true;
    feed.end();
    feed.tell();
    send({ type: "stop" });
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    await child.exited;
    clearTimeout(timer);
  };
  try {
    const url = await listening;
    feed.begin(control, send);
    return { url, instance, end };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}
