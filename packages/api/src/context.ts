import type { Acknowledgement, ControlCommand, LiveHost, LiveWorker } from "@sofer/core";
import type { Library, StatusReader } from "@sofer/store";
import type { Cache } from "./cache.ts";
import type { EventLog } from "./live/event-log.ts";
import type { Live } from "./schemas/runs.ts";

/** The run that the API belongs to, as it was told to be a tenth of a second ago. */
export interface LiveRun {
  readonly runId: number;
  /** null: nothing is known yet. */
  live(): Live | null;
  hosts(): readonly LiveHost[];
  workers(): readonly LiveWorker[];
  /** Whether units of the book are under way. */
  isActive(title: string): boolean;
  tell(command: ControlCommand): Promise<Acknowledgement>;
}

/** What the resources are made of. */
export interface ApiContext {
  readonly library: Library;
  readonly status: StatusReader;
  /** null: a library at rest. */
  readonly run: LiveRun | null;
  readonly events: EventLog;
  readonly cache: Cache;
  /** Another one after each start, so that nobody takes another program on the same port for this one. */
  readonly instance: string;
}
