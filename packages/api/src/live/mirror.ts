import type { Acknowledgement, ControlCommand, LiveHost, LiveWorker } from "@sofer/core";
import type { LiveRun } from "../context.ts";
import type { Live } from "../schemas/runs.ts";
import type { Moment, ProcessOptions } from "./messages.ts";
import { memoryOf } from "./process-facts.ts";
import { runInWords } from "./words.ts";

/** Rates are means of so long. */
const WINDOW_MS = 10_000;
/** An estimate from less than this is a guess. */
const ETA_AFTER_MS = 2_000;

interface Sample {
  readonly at: number;
  readonly requests: number;
  readonly texts: number;
  readonly bytes: number;
}

/** The run as the API's process was last told. */
export class Mirror implements LiveRun {
  readonly runId: number;
  readonly #options: ProcessOptions;
  readonly #tell: (command: ControlCommand) => Promise<Acknowledgement>;
  #moment: Moment | null = null;
  #books = new Set<string>();
  #samples: Sample[] = [];
  #fetchingSince: number | null = null;
  #blocked: { readonly at: number; readonly ms: number }[] = [];

  constructor(options: ProcessOptions, tell: (command: ControlCommand) => Promise<Acknowledgement>) {
    this.runId = options.runId;
    this.#options = options;
    this.#tell = tell;
  }

  update(moment: Moment): void {
    const { at, engine, progress, blockedMs } = moment;
    this.#moment = moment;
    this.#books = new Set(engine.books);
    const isYoung = (sample: { readonly at: number }) => at - sample.at <= WINDOW_MS;
    const { texts } = progress;
    const { bytes } = engine;
    this.#samples = [...this.#samples.filter(isYoung), { at, requests: sent(engine.hosts), texts, bytes }];
    this.#blocked = [...this.#blocked.filter(isYoung), { at, ms: blockedMs }];
    if (progress.phase === "fetching") this.#fetchingSince ??= at;
  }

  hosts(): readonly LiveHost[] {
    return this.#moment?.engine.hosts ?? [];
  }

  workers(): readonly LiveWorker[] {
    return this.#moment?.engine.workers ?? [];
  }

  isActive(title: string): boolean {
    return this.#books.has(title);
  }

  tell(command: ControlCommand): Promise<Acknowledgement> {
    return this.#tell(command);
  }

  live(): Live | null {
    const { runId, startedAt, pid } = this.#options;
    if (this.#moment === null) return null;
    const { at, engine, progress } = this.#moment;
    const { control, hosts, workers, units } = engine;
    const fraction = fractionOf(progress);
    const memory = [pid, ...workers.map((worker) => worker.pid)].map(memoryOf);
    const known = memory.filter((bytes) => bytes !== null);
    return {
      runId,
      startedAt,
      phase: progress.phase,
      isPaused: control.pausedAt !== null,
      inWords: runInWords(this.#moment),
      source: progress.source,
      books: {
        total: progress.books ?? 0,
        held: progress.heldBooks,
        done: progress.doneBooks,
        failed: progress.failedBooks,
        active: engine.books.length,
      },
      segments: { total: progress.slots, done: Math.round(progress.slotsDone) },
      fraction,
      etaSeconds: control.pausedAt === null ? this.#etaSeconds(fraction, at) : null,
      texts: progress.texts,
      chunks: progress.chunks,
      requests: engine.requests,
      bytes: engine.bytes,
      failures: progress.failures,
      retries: progress.retries,
      perSecond: { ...this.#perSecond(), allowed: allowedOf(hosts) },
      units,
      workers: workers.length,
      memoryBytes: known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0),
      blockedMs: Math.max(0, ...this.#blocked.map(({ ms }) => ms)),
      control,
    };
  }

  #etaSeconds(fraction: number | null, at: number): number | null {
    if (this.#fetchingSince === null || fraction === null || fraction <= 0 || fraction >= 1) return null;
    const spentMs = at - this.#fetchingSince;
    return spentMs < ETA_AFTER_MS ? null : ((spentMs / fraction) * (1 - fraction)) / 1000;
  }

  #perSecond() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return { requests: 0, texts: 0, bytes: 0 };
    const seconds = (last.at - first.at) / 1000;
    const rate = (name: "requests" | "texts" | "bytes") => (last[name] - first[name]) / seconds;
    return { requests: rate("requests"), texts: rate("texts"), bytes: rate("bytes") };
  }
}

/** Permits are known at once, a unit's requests only when it is done. */
function sent(hosts: readonly LiveHost[]): number {
  return hosts.reduce((sum, { granted }) => sum + granted, 0);
}

function allowedOf(hosts: readonly LiveHost[]): number | null {
  if (hosts.length === 0 || hosts.some(({ allowedPerSecond }) => allowedPerSecond === 0)) return null;
  return hosts.reduce((sum, { allowedPerSecond }) => sum + allowedPerSecond, 0);
}

/** The export publishes no counts: there, books are what can be counted. */
function fractionOf({ slots, slotsDone, books, doneBooks, heldBooks, failedBooks }: Moment["progress"]): number | null {
  if (slots > 0) return Math.min(1, slotsDone / slots);
  if (books === null) return null;
  return books === 0 ? 1 : Math.min(1, (doneBooks + heldBooks + failedBooks) / books);
}
