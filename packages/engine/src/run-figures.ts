import { NO_CHANGES, type Changes } from "@sofer/core";
import type { Cost } from "./protocol.ts";
import type { WorkerSpent } from "./spent.ts";

/** What a run has cost so far, and what came of it. */
export class RunFigures {
  requests = 0;
  bytes = 0;
  /** Units. */
  succeeded = 0;
  changes: Changes = NO_CHANGES;
  /** What the workers have spent, all together. */
  ofWorkers: WorkerSpent = { networkMs: 0, parseMs: 0 };

  worked({ networkMs, parseMs }: WorkerSpent): void {
    const before = this.ofWorkers;
    this.ofWorkers = { networkMs: before.networkMs + networkMs, parseMs: before.parseMs + parseMs };
  }

  spent({ requests, bytes }: Cost): void {
    this.requests += requests;
    this.bytes += bytes;
  }

  changed(changes: Changes): void {
    const { added, changed, moved, removed } = this.changes;
    this.changes = {
      added: added + changes.added,
      changed: changed + changes.changed,
      moved: moved + changes.moved,
      removed: removed + changes.removed,
    };
  }
}
