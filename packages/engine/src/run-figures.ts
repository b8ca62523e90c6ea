import { NO_CHANGES, type Changes } from "@sofer/core";
import type { Cost } from "./protocol.ts";

/** What a run has cost so far, and what came of it. */
export class RunFigures {
  requests = 0;
  bytes = 0;
  /** Units. */
  succeeded = 0;
  changes: Changes = NO_CHANGES;

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
