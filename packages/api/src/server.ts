import { existsSync } from "node:fs";
import { SoferError } from "@sofer/core";
import { openLibrary, openStatus } from "@sofer/store";
import { createApp } from "./app.ts";
import { Cache } from "./cache.ts";
import type { LiveRun } from "./context.ts";
import { MAX_BODY_BYTES } from "./guard.ts";
import { EventLog } from "./live/event-log.ts";

/** s without a byte before Bun ends a connection; streams say something more often. */
const IDLE_SECONDS = 60;
const WAKE_MS = 1_000;

export interface ServerOptions {
  readonly libraryPath: string;
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  /** null: nothing can be steered. */
  readonly token: string | null;
  readonly run?: LiveRun;
  readonly events?: EventLog;
  readonly instance?: string;
}

export interface ApiServer {
  readonly url: string;
  readonly instance: string;
  stop(): Promise<void>;
}

/** Serves the API of a library until it is stopped. @throws SoferError `usage` when the port cannot be listened on */
export function startServer(options: ServerOptions): ApiServer {
  const { libraryPath, hostname, port, token, run = null, events = new EventLog() } = options;
  if (!existsSync(libraryPath)) {
    throw new SoferError("library", `there is no library at ${libraryPath}`, {
      hint: "sofer ingest makes one; --library names another",
    });
  }
  const instance = options.instance ?? crypto.randomUUID();
  const library = openLibrary(libraryPath);
  const status = openStatus(libraryPath);
  const context = { library, status, run, events, cache: new Cache(), instance };
  const app = createApp(context, { token: run === null ? null : token, hostname });
  try {
    app.listen({ hostname, port, idleTimeout: IDLE_SECONDS, maxRequestBodySize: MAX_BODY_BYTES, development: false });
  } catch (cause) {
    library.close();
    status.close();
    throw new SoferError("usage", `the status API cannot listen on ${hostname} port ${port}`, {
      hint: "--api 0 takes any free port",
      cause,
    });
  }
  // Streams without news look up, and say that they are there.
  const timer = setInterval(() => events.wake(), WAKE_MS);
  const name = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${name}:${app.server?.port ?? port}`,
    instance,
    async stop() {
      clearInterval(timer);
      events.end();
      await app.stop(true);
      library.close();
      status.close();
    },
  };
}
