import type { PlainError } from "./errors.ts";
import type { Changes, PlaceCounts } from "./parcel.ts";

/** Something that happened in a run. Never a command. Plain data: shown on the terminal, logged, later streamed. */
export type RunEvent =
  | { readonly type: "run-started"; readonly runId: number; readonly library: string; readonly at: number }
  /** The system lets a process have fewer files open than the settings would need: this much is done at a time. */
  | {
      readonly type: "effort-cut";
      readonly openFiles: number;
      readonly maxWorkers: number;
      readonly maxConcurrentRequests: number;
    }
  | { readonly type: "contents-read"; readonly books: number; readonly isCached: boolean }
  /** Which route the texts come by, and why. */
  | { readonly type: "route-chosen"; readonly source: "service" | "bucket"; readonly why: string }
  | { readonly type: "bucket-listed"; readonly objects: number; readonly pages: number }
  /** `auto` would have taken the bucket; it goes on without. */
  | { readonly type: "bucket-unreachable"; readonly why: string }
  /** The bucket does not list: its published index says what there is, without checksums. */
  | { readonly type: "listing-refused"; readonly why: string }
  /** Folders of the export that the contents do not name, under what was asked for. */
  | { readonly type: "beyond-contents"; readonly books: readonly string[] }
  /** In the library, and not in the source any more. */
  | { readonly type: "book-dropped"; readonly title: string; readonly isRemoved: boolean }
  | { readonly type: "book-relisted"; readonly title: string; readonly attempt: number; readonly why: string }
  | { readonly type: "titles-resolved"; readonly books: readonly string[] }
  | { readonly type: "book-outlined"; readonly title: string; readonly slots: number; readonly isCached: boolean }
  | {
      readonly type: "plan-made";
      readonly books: number;
      readonly units: number;
      readonly slots: number;
      /** Books that need nothing: everything is held already. */
      readonly heldBooks: number;
    }
  | { readonly type: "book-started"; readonly title: string; readonly slots: number; readonly units: number }
  | {
      readonly type: "parcel-committed";
      readonly title: string;
      readonly version: string;
      readonly counts: PlaceCounts;
      readonly chunks: number;
      readonly bytes: number;
    }
  | {
      readonly type: "unit-done";
      readonly unitId: string;
      readonly title: string;
      readonly requests: number;
      readonly bytes: number;
    }
  | {
      readonly type: "unit-split";
      readonly unitId: string;
      readonly title: string;
      readonly into: number;
      readonly why: string;
    }
  | {
      readonly type: "unit-failed";
      readonly unitId: string;
      readonly title: string;
      /** Ref asked for, or the book's title. */
      readonly place: string;
      readonly error: PlainError;
      /** Runs in which the unit has failed, this one included. */
      readonly attempts: number;
      /** When it failed for the first time, ms since the epoch. */
      readonly firstAt: number;
    }
  /** A failure is over without its unit having been done: its book is gone, or nobody wants more of it. */
  | { readonly type: "failures-closed"; readonly title: string; readonly count: number; readonly why: string }
  /** A book by the bucket is whole: what that did to its texts. */
  | { readonly type: "book-written"; readonly title: string; readonly isRefresh: boolean; readonly changes: Changes }
  | { readonly type: "book-completed"; readonly title: string }
  /** Nothing more is asked of a book, and some of it failed: each `unit-failed` says why. */
  | { readonly type: "book-failed"; readonly title: string }
  | { readonly type: "worker-started"; readonly worker: number; readonly pid: number }
  | {
      readonly type: "worker-lost";
      readonly worker: number;
      readonly pid: number;
      readonly units: number;
      readonly why: string;
    }
  /** It is sent again after `waitMs`; meanwhile it holds neither a worker nor a connection. */
  | {
      readonly type: "unit-retried";
      readonly unitId: string;
      readonly title: string;
      readonly error: PlainError;
      /** Failures of the unit so far in this run. */
      readonly failures: number;
      readonly waitMs: number;
    }
  /** A worker that had grown too large has left after its units; another takes its place. */
  | { readonly type: "worker-replaced"; readonly worker: number; readonly pid: number; readonly bytes: number }
  | { readonly type: "host-refused"; readonly host: string; readonly status: number; readonly waitMs: number }
  /** The pace was cut, or has come back: requests per second from now on, and why. */
  | { readonly type: "pace-changed"; readonly host: string; readonly ratePerSecond: number; readonly why: string }
  /** The circuit breaker: nobody asks the host but one probe at a time. */
  | { readonly type: "host-down"; readonly host: string; readonly why: string; readonly probeInMs: number }
  | { readonly type: "host-up"; readonly host: string; readonly downMs: number }
  | { readonly type: "index-built"; readonly rows: number; readonly ms: number }
  | { readonly type: "stopping"; readonly why: string }
  /** Somebody steers the run; `isKept`: an earlier run was told so, and it holds until it is taken back. */
  | { readonly type: "run-paused"; readonly isKept: boolean }
  | { readonly type: "run-resumed" }
  /** null: as the run's settings say. */
  | { readonly type: "pace-set"; readonly ratePerSecond: number | null; readonly isKept: boolean }
  | { readonly type: "workers-set"; readonly maxWorkers: number | null; readonly isKept: boolean }
  | { readonly type: "retry-asked"; readonly titles: readonly string[] }
  | { readonly type: "retry-started"; readonly titles: readonly string[] }
  /** It would have gone beyond the run's budget, or what a publisher's service is politely asked for. */
  | { readonly type: "retry-refused"; readonly titles: readonly string[]; readonly why: string }
  | {
      readonly type: "run-ended";
      readonly runId: number;
      readonly outcome: "whole" | "failures" | "interrupted" | "stopped";
    };

export type EventListener = (event: RunEvent) => void;

/** Which event of which run it is: its name for whoever goes on reading where they stopped. */
export interface EventStamp {
  readonly runId: number;
  /** From 1, without holes. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** An event with its stamp, as it is streamed and as the library keeps it. */
export interface StampedEvent extends EventStamp {
  readonly event: RunEvent;
}

export type StampedListener = (event: RunEvent, stamp: EventStamp) => void;

/** Of these there are as many as units: they are streamed, and not kept. */
const FLEETING: ReadonlySet<RunEvent["type"]> = new Set([
  "book-outlined",
  "book-started",
  "parcel-committed",
  "unit-done",
  "unit-retried",
]);

/** Whether the library keeps it, so that it can be read after the run. */
export function isKept(event: RunEvent): boolean {
  return !FLEETING.has(event.type);
}

/** `12-345`: the run and the event's number in it. Not a number itself: 1.10 would be read as 1.1. */
export function eventId({ runId, seq }: Pick<EventStamp, "runId" | "seq">): string {
  return `${runId}-${seq}`;
}

/** null for what is no event's name. */
export function parseEventId(text: string): { readonly runId: number; readonly seq: number } | null {
  const match = /^(\d{1,12})-(\d{1,12})$/.exec(text);
  return match === null ? null : { runId: Number(match[1]), seq: Number(match[2]) };
}
