import { systemClock, type Clock, type RunEvent } from "@sofer/core";
import { failedPlace, failureLine } from "./failures.ts";
import { printable } from "./printable.ts";
import { count, counted } from "./table.ts";

/** Lines a second when nobody looks at a terminal; a log of the whole library then has thousands of lines, not millions. */
const LINES_PER_SECOND = 100;
/** What batch lines leave to the others: a book's beginning, end and failures are worth more than its batches. */
const RESERVED = 50;

/** One line for both views. */
export function effortCutLine(event: Extract<RunEvent, { type: "effort-cut" }>): string {
  const { openFiles, maxWorkers, maxConcurrentRequests } = event;
  return `the system allows ${count(openFiles)} open files: at most ${maxWorkers} workers with ${maxConcurrentRequests} requests each (ulimit -n raises it)`;
}

/** The original's milestone lines, at a bounded rate. */
export class Milestones {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  readonly #batches = new Map<string, number>();
  /** References of books whose plan is known and whose work has not begun: all plans come at once. */
  readonly #found = new Map<string, number>();
  #room = LINES_PER_SECOND;
  #filledMs: number;
  #leftOut = 0;

  constructor(write: (line: string) => void, clock: Clock = systemClock) {
    this.#write = write;
    this.#clock = clock;
    this.#filledMs = clock.monotonicMs();
  }

  handle(event: RunEvent): void {
    switch (event.type) {
      case "contents-read":
        return this.#say(`contents: ${count(event.books)} books${event.isCached ? " (kept from before)" : ""}`);
      case "effort-cut":
        return this.#say(effortCutLine(event));
      case "plan-made":
        return this.#say(
          `plan: ${count(event.books)} books, ${count(event.units)} units of work, ${count(event.slots)} references; ${count(event.heldBooks)} books are here already`,
        );
      case "route-chosen":
        return this.#say(`source: ${event.source} (${event.why})`);
      case "bucket-listed":
        return this.#say(`listing: ${count(event.objects)} objects on ${count(event.pages)} pages`);
      case "bucket-unreachable":
        return this.#say(`the export bucket gave no answer (${event.why}): the web service is asked`);
      case "listing-refused":
        return this.#say(
          `the bucket does not list (${event.why}): its published index is read, which has no checksums`,
        );
      case "beyond-contents":
        return this.#say(`in the export, not in its contents: ${count(event.books.length)} folders`);
      case "book-dropped":
        return this.#say(
          `${event.title}: the source has it no more; ${event.isRemoved ? "removed" : "kept (--max-delete 100 removes it)"}`,
        );
      case "book-relisted":
        return this.#say(`${event.title}: replaced meanwhile, listed again (${event.why})`);
      case "book-started":
        if (event.slots > 0) this.#found.set(event.title, event.slots);
        return;
      case "parcel-committed": {
        this.#sayFound(event.title);
        const batch = (this.#batches.get(event.title) ?? 0) + 1;
        this.#batches.set(event.title, batch);
        this.#say(`${event.title}: chunking batch ${batch}`, RESERVED);
        return this.#say(`${event.title}: writing batch ${batch}`, RESERVED);
      }
      case "book-completed":
      case "book-failed":
        this.#sayFound(event.title);
        this.#batches.delete(event.title);
        return this.#say(`${event.title}: ${event.type === "book-completed" ? "completed" : "not whole"}`);
      case "unit-split":
        this.#sayFound(event.title);
        return this.#say(`${event.title}: asking in ${event.into} parts (${event.why})`);
      case "unit-failed":
        this.#sayFound(event.title);
        return this.#say(failureLine(failedPlace(event), "failed", event.error.message));
      case "failures-closed":
        return this.#say(`${event.title}: ${counted(event.count, "earlier failure")} closed: ${event.why}`);
      case "worker-lost":
        return this.#say(`worker ${event.worker} was lost (${event.why}); its ${event.units} units go to another`);
      case "host-refused":
        return this.#say(`${event.host} answered ${event.status}: waiting ${Math.ceil(event.waitMs / 1000)} s`);
      case "index-built":
        return this.#say(`full-text index: ${count(event.rows)} rows`);
      case "stopping":
        return this.#say(`stopping: ${event.why}`);
      default:
        return;
    }
  }

  /** Says what was left out. */
  close(): void {
    if (this.#leftOut > 0) this.#write(`${count(this.#leftOut)} progress lines were left out to keep the log short`);
    this.#leftOut = 0;
  }

  #sayFound(title: string): void {
    const slots = this.#found.get(title);
    this.#found.delete(title);
    if (slots !== undefined) this.#say(`${title}: found ${slots} references`);
  }

  #say(line: string, reserved = 0): void {
    const nowMs = this.#clock.monotonicMs();
    this.#room = Math.min(LINES_PER_SECOND, this.#room + ((nowMs - this.#filledMs) / 1000) * LINES_PER_SECOND);
    this.#filledMs = nowMs;
    if (this.#room < 1 + reserved) {
      this.#leftOut++;
      return;
    }
    this.#room--;
    this.#write(printable(line));
  }
}
