import type { Control, EventListener, Pacer, Settings, StampedListener } from "@sofer/core";
import type { AtRest } from "./at-rest.ts";
import type { ExportNames } from "./bucket/listing.ts";
import type { EarlyStart } from "./early-start.ts";
import type { SentRequest } from "./protocol.ts";
import type { Receipt } from "./receipt.ts";
import type { Sources } from "./worker.ts";

export interface IngestOptions {
  readonly settings: Settings;
  readonly libraryPath: string;
  /** Program and arguments of a worker process. */
  readonly workerCommand: readonly string[];
  readonly onEvent: EventListener;
  /** Aborted: stop granting, finish what is in flight, commit. */
  readonly signal: AbortSignal;
  /** Aborted: end the workers at once; what is committed stays. */
  readonly hardStop?: AbortSignal;
  /** The coordinator's own sources, for the contents (a saved answer, where the user gave one). */
  readonly makeSources: MakeCoordinatorSources;
  /** How the export names its files. */
  readonly exportNames: ExportNames;
  /** The titles are those of failures: what the source has no more is closed, and is no wrong usage. */
  readonly isRetry?: boolean;
  /** Told of every request, with `--request-log`. */
  readonly onSent?: (requests: readonly SentRequest[]) => void;
}

export interface RunOptions extends Omit<IngestOptions, "onEvent"> {
  readonly onEvent: StampedListener;
  /** Of the writer's thread and the first worker. */
  readonly early?: EarlyStart;
  /** Given the run's control as soon as it can be steered; returns where it can be told (core ADDRESS_META), or null. */
  readonly onControl?: (control: Control, runId: number) => Promise<string | null>;
  readonly afterwards?: Afterwards;
  /** Somebody who steers the run asks for its end: `signal` is to be aborted. */
  readonly onStopAsked?: () => void;
}

/** What else is done with the library before it is given back, once a run has ended that was not stopped. */
export interface Afterwards {
  /** When all texts are there, while the writer finishes and the coordinator has nothing to do. */
  prepare(): void;
  bring(receipt: Receipt, rest: AtRest): Promise<void>;
}

export type MakeCoordinatorSources = (pacer: Pacer, onRequest: (request: SentRequest) => void) => Promise<Sources>;
