import { fromPlainError, SoferError, toPlainError, type Acknowledgement, type ControlCommand } from "@sofer/core";
import { startServer, type ApiServer } from "../server.ts";
import { EventLog } from "./event-log.ts";
import { Mirror } from "./mirror.ts";
import type { FromApi, ProcessOptions, ToApi } from "./messages.ts";

/** ms that streams have to carry the run's last events away. */
const LAST_WORDS_MS = 300;
/** Commands that may wait for their acknowledgement at once. */
const MOST_COMMANDS = 64;

/** The API's process: its end of the channel to the ingest. */
export function serveRun(): void {
  let events = new EventLog();
  const commands = new Map<number, { resolve: (done: Acknowledgement) => void; reject: (error: Error) => void }>();
  let next = 0;
  let server: ApiServer | undefined;
  let mirror: Mirror | undefined;

  const send = (message: FromApi): void => void process.send?.(message);
  const tell = (command: ControlCommand): Promise<Acknowledgement> => {
    if (commands.size >= MOST_COMMANDS) {
      return Promise.reject(new SoferError("interrupted", "too many commands at once", { hint: "try again" }));
    }
    const id = next++;
    return new Promise((resolve, reject) => {
      commands.set(id, { resolve, reject });
      send({ type: "command", id, command });
    });
  };
  const start = (options: ProcessOptions): void => {
    mirror = new Mirror(options, tell);
    events = new EventLog(options.runId);
    try {
      server = startServer({ ...options, run: mirror, events });
      send({ type: "listening", url: server.url });
    } catch (thrown) {
      send({ type: "failed", error: toPlainError(thrown) });
    }
  };
  const stop = async (): Promise<void> => {
    for (const { reject } of commands.values()) reject(new SoferError("interrupted", "the run is at its end"));
    events.end();
    await Bun.sleep(LAST_WORDS_MS);
    await server?.stop();
    process.exit();
  };

  process.on("disconnect", () => process.exit());
  process.on("message", (message: ToApi) => {
    if (message.type === "start") start(message.options);
    else if (message.type === "live") {
      mirror?.update(message.live);
      events.add(message.events);
    } else if (message.type === "stop") void stop();
    else {
      const waiting = commands.get(message.id);
      commands.delete(message.id);
      if (message.type === "answer") waiting?.resolve(message.done);
      else waiting?.reject(fromPlainError(message.error));
    }
  });
}
