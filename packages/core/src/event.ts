import type { PlainError } from "./errors.ts";
import type { Changes, PlaceCounts } from "./parcel.ts";

/** Something that happened in a run. Never a command. Plain data: shown on the terminal, logged, later streamed. */
export type RunEvent =
  | { readonly type: "run-started"; readonly runId: number; readonly library: string; readonly at: number }
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
  | { readonly type: "unit-failed"; readonly unitId: string; readonly title: string; readonly error: PlainError }
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
  | {
      readonly type: "run-ended";
      readonly runId: number;
      readonly outcome: "whole" | "failures" | "interrupted" | "stopped";
    };

export type EventListener = (event: RunEvent) => void;
