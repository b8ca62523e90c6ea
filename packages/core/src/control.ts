import { SoferError } from "./errors.ts";

/**
 * What a run can be told while it is on. A command is acknowledged when it is in force and recorded in the library, so
 * that a run which is killed and started again goes on as it was told; until it is told otherwise, or until a run comes
 * to its end by itself.
 */
export type ControlCommand =
  /** Nothing more is sent; what is on the wire is finished. */
  | { readonly action: "pause" }
  | { readonly action: "resume" }
  /** Requests per second from now on, all workers together; 0: no pace; null: as the run's settings say. */
  | { readonly action: "rate"; readonly ratePerSecond: number | null }
  /** Most worker processes from now on; null: as the run's settings say. Those that are too many leave after their units. */
  | { readonly action: "workers"; readonly maxWorkers: number | null }
  /** What has failed is tried again by this run, when it is through with the rest. */
  | { readonly action: "retry"; readonly titles: readonly string[] | null; readonly causes: readonly string[] | null }
  /** What is in flight is finished and committed; the run ends as an interrupted one. */
  | { readonly action: "stop" };
export type ControlAction = ControlCommand["action"];

/** Kept in the library, under CONTROL_META, as JSON. */
export interface ControlState {
  /** ms since the epoch; null: the run is not paused. */
  readonly pausedAt: number | null;
  /** null: as the run's settings say. */
  readonly ratePerSecond: number | null;
  /** null: as the run's settings say. */
  readonly maxWorkers: number | null;
}

export interface Acknowledgement {
  readonly action: ControlAction;
  /** ms since the epoch. */
  readonly at: number;
  readonly control: ControlState;
  /** What follows from it, in words. */
  readonly said: string;
}

/** A run from outside: the engine's side of the API. */
export interface Control {
  /** What holds now. Cheap: it is asked ten times a second. */
  snapshot(): EngineSnapshot;
  /**
   * Resolves when the command is in force and recorded. The same command twice is the same as once.
   * @throws SoferError `usage` for what cannot be done, such as no pace on the publisher's hosts.
   */
  tell(command: ControlCommand): Promise<Acknowledgement>;
}

/** What the coordinator knows of this moment. Plain data. */
export interface EngineSnapshot {
  readonly control: ControlState;
  readonly isStopping: boolean;
  /** So far, of the units that have ended. */
  readonly requests: number;
  readonly bytes: number;
  readonly units: {
    readonly ready: number;
    /** Waiting for their next try. */
    readonly delayed: number;
    readonly leased: number;
    /** Brought, and not yet in the library. */
    readonly writing: number;
  };
  readonly hosts: readonly LiveHost[];
  readonly workers: readonly LiveWorker[];
  /** Titles of books of which a worker has a unit. */
  readonly books: readonly string[];
}

export interface LiveHost {
  readonly host: string;
  /** Requests per second that may go now; 0: no pace. */
  readonly ratePerSecond: number;
  /** What the user allows; 0: no pace. */
  readonly allowedPerSecond: number;
  readonly granted: number;
  /** Requests that wait for a permit. */
  readonly waiting: number;
  readonly refusals: number;
  /** ms since the epoch; null: the host asked for no pause. */
  readonly pausedUntil: number | null;
  /** ms for which it has been down; null: it is up. */
  readonly downMs: number | null;
  /** ms until the next probe of a host that is down. */
  readonly probeInMs: number | null;
  /** True: the run is paused, nothing is sent whatever the pace. */
  readonly isHeld: boolean;
}

export interface LiveWorker {
  readonly worker: number;
  readonly pid: number;
  /** `leaving`: it gets no more units, and goes after those it has. */
  readonly state: "starting" | "working" | "idle" | "leaving";
  /** Ids of units it has, the first few. */
  readonly units: readonly string[];
  readonly unitCount: number;
}

export const NO_CONTROL: ControlState = { pausedAt: null, ratePerSecond: null, maxWorkers: null };

/** Key in the library's meta table. */
export const CONTROL_META = "control";
/** As CONTROL_META: where the run on the library can be told, as `instance url`; empty when it has ended. */
export const ADDRESS_META = "api";

/** @throws SoferError `library` for what no sofer wrote */
export function controlOf(kept: string | null): ControlState {
  if (kept === null || kept === "") return NO_CONTROL;
  let value: unknown;
  try {
    value = JSON.parse(kept);
  } catch (cause) {
    throw new SoferError("library", "what the library keeps of pause and pace cannot be read", { cause });
  }
  const number = (name: keyof ControlState) => {
    const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
    return typeof found === "number" ? found : null;
  };
  return { pausedAt: number("pausedAt"), ratePerSecond: number("ratePerSecond"), maxWorkers: number("maxWorkers") };
}

/** Whether a run that starts with this is other than its settings say. */
export function isChanged(control: ControlState): boolean {
  return control.pausedAt !== null || control.ratePerSecond !== null || control.maxWorkers !== null;
}
