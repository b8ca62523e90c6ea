import type { Acknowledgement, ControlCommand, EngineSnapshot, PlainError, StampedEvent } from "@sofer/core";
import type { Progress } from "./progress.ts";

/** What the ingest's process and the API's say to each other: plain serialisable data, at most ten times a second. */
export type ToApi =
  | { readonly type: "start"; readonly options: ProcessOptions }
  /** `events`: all since the last one, unless there were too many: then the oldest are missing. */
  | { readonly type: "live"; readonly live: Moment; readonly events: readonly StampedEvent[] }
  | { readonly type: "answer"; readonly id: number; readonly done: Acknowledgement }
  | { readonly type: "refused"; readonly id: number; readonly error: PlainError }
  /** Say what is left to be said, and leave. */
  | { readonly type: "stop" };

export type FromApi =
  | { readonly type: "listening"; readonly url: string }
  | { readonly type: "failed"; readonly error: PlainError }
  | { readonly type: "command"; readonly id: number; readonly command: ControlCommand };

export interface ProcessOptions {
  readonly libraryPath: string;
  readonly hostname: string;
  readonly port: number;
  readonly token: string;
  readonly instance: string;
  readonly runId: number;
  readonly startedAt: number;
  /** Of the ingest. */
  readonly pid: number;
}

/** The run as it is now. */
export interface Moment {
  readonly at: number;
  readonly engine: EngineSnapshot;
  readonly progress: Progress;
  /** Longest time, ms, that the ingest's loop stood still since the last one. */
  readonly blockedMs: number;
}
