import {
  fromPlainError,
  SoferError,
  systemClock,
  toPlainError,
  type Clock,
  type ContentsUnit,
  type EngineSnapshot,
  type EventListener,
  type Leaf,
  type PlainError,
  type Settlement,
  type TextUnit,
  type Unit,
  type VersionMeta,
} from "@sofer/core";
import type { FailureRow, UnitClose } from "@sofer/store";
import { BookWorks, type BookWork } from "./bucket/book-works.ts";
import type { EarlyStart } from "./early-start.ts";
import { FailedTries } from "./failed-tries.ts";
import { Garbage } from "./garbage.ts";
import { Inquiries } from "./inquiries.ts";
import { NotedFailures } from "./noted-failures.ts";
import { OpenBooks } from "./open-books.ts";
import { Outlines, type WantedOutline } from "./outlines.ts";
import { HostPaces, type HostPacesOptions } from "./pace/host-paces.ts";
import type { LeafWish } from "./planner.ts";
import type { Cost, SentRequest, WorkerSettings } from "./protocol.ts";
import { Retries, type RetriesOptions } from "./retries.ts";
import type { RoadEnds } from "./road-ends.ts";
import { RunFigures } from "./run-figures.ts";
import { flipBook, type FlipEnds } from "./service/flip-book.ts";
import { Refreshes, refreshId, type RefreshWork } from "./service/refreshes.ts";
import type { Spent, UsedPace } from "./spent.ts";
import { SplitLeaves } from "./split-leaves.ts";
import { placeOf } from "./split.ts";
import { withUnasked } from "./unasked.ts";
import { WorkerPool, type UnitMessage } from "./worker-pool.ts";
import { isOfTheLibrary, WriterClient, type WriterNews } from "./writer/writer-client.ts";

export interface CoordinatorOptions extends Pick<HostPacesOptions, "paceOn" | "paceLedger" | "maxOutageMs"> {
  readonly libraryPath: string;
  readonly workerCommand: readonly string[];
  readonly early?: EarlyStart | undefined;
  readonly maxWorkers: number;
  readonly othersAfterMs: number;
  readonly workerSettings: WorkerSettings;
  readonly retries: RetriesOptions;
  readonly onEvent: EventListener;
  readonly onSent: (requests: readonly SentRequest[]) => void;
  /** Asked after each write: why nothing more may be written, or null. */
  readonly checkDisk: () => SoferError | null;
  readonly clock?: Clock;
}

/** A text unit, or the parts that it is known to need; parts that are settled already are left out. */
export interface PlannedUnit {
  readonly unit: TextUnit;
  readonly wish: LeafWish;
  readonly parts: readonly TextUnit[] | null;
}

/**
 * Units that are ready before more are planned: as many as all workers may hold. A planned unit holds the shape of its leaf, and
 * those of 7,000 books took 50 MB.
 */
const READY_UNITS = 500;

/** Bytes of messages after which they are collected; a message without rows, such as an outline, counts as so many. */
const GARBAGE_BYTES = 8 * 1024 * 1024;
const MESSAGE_BYTES = 16 * 1024;

/** Units that leave a row: all but the contents, which belong to no book. */
type StoredUnit = Exclude<Unit, ContentsUnit>;

/**
 * Owns the road while it runs: gives units to workers and permits to requests, passes rows to the writer thread, and
 * knows of every unit whether it is ready, leased, being written, done or failed. Its loop only passes things on.
 */
export class Coordinator {
  readonly writer: WriterClient;
  readonly figures = new RunFigures();
  readonly paces: HostPaces;
  readonly failures: NotedFailures;
  readonly inquiries: Inquiries;
  readonly outlines: Outlines;
  readonly tries: FailedTries;
  readonly #pool: WorkerPool;
  readonly #options: CoordinatorOptions;
  readonly #clock: Clock;
  readonly #ends: FlipEnds;
  /** Units that workers finished and the writer has not. */
  readonly #writing = new Map<string, Unit>();
  readonly #books: OpenBooks;
  readonly #leaves: SplitLeaves;
  readonly #refreshes = new Refreshes();
  readonly #retries: Retries;
  readonly #works = new BookWorks();
  readonly #garbage = new Garbage(GARBAGE_BYTES);
  #runId = 0;
  #wakers: (() => void)[] = [];
  #isStopping = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.writer = new WriterClient(
      (message) => this.#fromWriter(message),
      (error) => this.#endWith(error),
      options.early,
    );
    const { paceOn, paceLedger, maxOutageMs, onEvent } = options;
    this.paces = new HostPaces({
      paceOn,
      paceLedger,
      maxOutageMs,
      clock: this.#clock,
      onEvent,
      onFatal: (thrown) => this.fail(thrown),
    });
    this.#pool = new WorkerPool({
      command: options.workerCommand,
      early: options.early,
      maxWorkers: options.maxWorkers,
      othersAfterMs: options.othersAfterMs,
      settings: options.workerSettings,
      clock: this.#clock,
      onEvent,
      onUnitMessage: (worker, unit, message) => this.#fromWorker(worker, unit, message),
      onPermit: (host, grant) => this.paces.of(host).request(grant),
      onRefused: (refusal) => this.paces.of(refusal.host).refused(refusal),
      onEnded: (end) => this.paces.ended(end),
      onSent: options.onSent,
      onSpent: (spent) => this.figures.worked(spent),
      onAbandoned: (unit) => this.writer.post({ type: "abandon", unitId: unit.id }),
      onPoisoned: (unit, error) => this.#fail(unit, error),
    });
    this.inquiries = new Inquiries(this.#pool);
    const ends: RoadEnds = { clock: this.#clock, writer: this.writer, onEvent, runId: () => this.#runId };
    this.failures = new NotedFailures(ends);
    this.outlines = new Outlines(ends, this.figures);
    this.#ends = { ...ends, figures: this.figures, failures: this.failures };
    this.#retries = new Retries(options.retries);
    this.#books = new OpenBooks((title, hasFailed) => this.#bookEnded(title, hasFailed));
    this.#leaves = new SplitLeaves({
      ...ends,
      libraryPath: options.libraryPath,
      books: this.#books,
      refreshes: this.#refreshes,
      add: (units) => this.#pool.add(units),
      fail: (unit, error) => this.#fail(unit, error),
      later: (unit, work) => this.#later(unit, work),
    });
    this.tries = new FailedTries({
      writer: this.writer,
      onEvent,
      paces: this.paces,
      retries: this.#retries,
      leaves: this.#leaves,
      works: this.#works,
      addLater: (unit, waitMs) => this.#pool.addLater(unit, waitMs),
      fail: (unit, error) => this.#fail(unit, error),
      endWith: (error) => this.#endWith(error),
    });
  }

  get pids(): number[] {
    return this.#pool.pids;
  }

  warmUp(): void {
    this.#pool.warmUp();
  }

  rest(): void {
    this.#pool.rest();
  }

  setMaxWorkers(maxWorkers: number): void {
    this.#pool.setMaxWorkers(maxWorkers);
  }

  /** Books are tried again whose failures were told already. */
  again(titles: Iterable<string>): void {
    for (const title of titles) this.#books.again(title);
  }

  snapshot(): Omit<EngineSnapshot, "control"> {
    const { units, workers, books } = this.#pool.snapshot();
    return {
      isStopping: this.#isStopping,
      requests: this.figures.requests,
      bytes: this.figures.bytes,
      units: { ...units, writing: this.#writing.size },
      hosts: this.paces.snapshot(),
      workers,
      books,
    };
  }

  /** Where the time went so far, and how much of the pace was used. */
  async spent(): Promise<{ readonly spent: Spent; readonly paces: readonly UsedPace[] }> {
    const ofWriter = await this.writer.call("spent");
    const spent = { paceMs: this.paces.waitedMs, ...this.figures.ofWorkers, ...ofWriter };
    return { spent, paces: this.paces.used() };
  }

  /** @param failures of earlier runs */
  begin(runId: number, failures: readonly FailureRow[] = []): void {
    this.#runId = runId;
    this.failures.remember(failures);
    this.#pool.begin();
  }

  /** Brings books from the bucket; resolves to those whose objects were replaced meanwhile, with the error that said so. */
  async bringBooks(works: readonly BookWork[]): Promise<ReadonlyMap<string, PlainError>> {
    this.#works.begin(works);
    for (const { unit } of works) this.#books.add(unit.bookTitle, 1);
    if (works.length > 0) this.writer.expectRows();
    await this.#work([works.map(({ unit }) => unit)]);
    return new Map(this.#works.replaced);
  }

  /** Takes a book away that the source has dropped. */
  async removeBook(title: string): Promise<void> {
    this.figures.changed(await this.writer.call("removeBook", title));
  }

  /** Brings outlines; resolves when all are in the library or have failed. */
  outline(wanted: readonly WantedOutline[]): Promise<void> {
    return this.#work([this.outlines.unitsOf(wanted)]);
  }

  /** Brings lists of versions; resolves to what came. */
  async listVersions(titles: readonly string[]): Promise<ReadonlyMap<string, readonly VersionMeta[]>> {
    await this.#work([
      titles.map((title): StoredUnit => ({ kind: "versions", id: `versions:${title}`, bookTitle: title })),
    ]);
    return this.#leaves.versions;
  }

  /**
   * Brings texts; resolves when every unit is in the library or has failed, and refreshed books have flipped.
   * @param planned whole books, some at a time: the next are asked for when few units are ready
   */
  async bring(planned: Iterable<readonly PlannedUnit[]>, refreshes: readonly RefreshWork[]): Promise<void> {
    for (const work of refreshes) this.#refreshes.begin(work);
    await this.#work(this.#begun(planned));
  }

  *#begun(planned: Iterable<readonly PlannedUnit[]>): Generator<readonly StoredUnit[]> {
    for (const some of planned) {
      if (some.length > 0) this.writer.expectRows();
      for (const { unit, wish } of some) {
        this.#leaves.wants(unit, wish);
        this.#books.add(unit.bookTitle, 1);
      }
      for (const { unit, parts } of some) {
        if (parts !== null) this.#leaves.replace(unit, parts, "its answer was too large or too slow before");
      }
      yield some.filter(({ parts }) => parts === null).map(({ unit }) => unit);
    }
  }

  /** Nothing more comes of a book: a refreshed one takes the old one's place now. */
  #bookEnded(title: string, hasFailed: boolean): void {
    const taken = this.#refreshes.take(title, this.#runId);
    if (taken === null) {
      // Should the other route have failed to bring it once, or a list that is not needed now: it is there.
      if (!hasFailed) this.#heal(["book", "listing", "versions"].map((kind) => `${kind}:${title}`));
      this.#options.onEvent({ type: hasFailed ? "book-failed" : "book-completed", title });
      return;
    }
    const flipping = flipBook(title, taken, this.#leaves.versions.get(title) ?? [], this.#ends);
    this.#later({ kind: "versions", id: refreshId(title), bookTitle: title }, flipping);
  }

  #heal(unitIds: readonly string[]): void {
    const noted = unitIds.filter((unitId) => this.failures.has(unitId));
    if (noted.length === 0) return;
    this.writer.call("resolveFailures", noted).catch((thrown: unknown) => this.fail(thrown));
  }

  /** Writes a settlement that needed no request. */
  settle(title: string, settlement: Settlement): Promise<void> {
    const unitId = `settle:${settlement.nodeId}`;
    const close: UnitClose = { runId: this.#runId, unitId, title, requests: 0, bytes: 0, settlement };
    return this.writer.call("closeUnit", close, this.#clock.now());
  }

  /** Grants nothing more; what is in flight is finished and committed. */
  stop(why: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#options.onEvent({ type: "stopping", why });
    this.paces.end();
    this.#pool.stop();
    void this.#pool.end(this.#options.workerSettings.timeoutMs);
    this.#wake();
  }

  /** The run cannot go on. */
  fail(thrown: unknown): void {
    this.#endWith(fatalOf(thrown));
  }

  async end(): Promise<void> {
    this.paces.end();
    await this.#pool.end();
    await this.writer.close();
  }

  kill(): void {
    this.#pool.kill();
  }

  async #work(windows: Iterable<readonly StoredUnit[]>): Promise<void> {
    for (const units of windows) {
      if (this.#isStopping) return;
      if (this.#runId > 0) {
        const rows = units.map(({ id, kind, bookTitle }) => ({ id, kind, title: bookTitle }));
        await this.writer.call("planUnits", this.#runId, rows);
      }
      this.#pool.add(units);
      await this.#pool.hasRoom(READY_UNITS);
    }
    for (;;) {
      await this.#pool.drained();
      if (this.#writing.size === 0) {
        // The writer may just have caused more work (a split, a wider unit).
        if (this.#isStopping || (this.#pool.readyCount === 0 && this.#pool.leasedCount === 0)) return;
      } else await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  #fromWorker(worker: number, unit: Unit, message: UnitMessage): void {
    this.#garbage.add(message.type === "batch" ? message.bytes : MESSAGE_BYTES);
    this.#garbage.collect();
    if (message.type === "resumed") return;
    if (message.type === "waiting") return this.tries.waits(unit, message.error, message.failures, message.waitMs);
    if ("cost" in message) {
      this.figures.spent(message.cost);
      if (message.type !== "failed") this.#retries.answered(unit.id);
    }
    if (this.inquiries.has(unit.id) && message.type !== "failed") {
      this.inquiries.answered(unit.id, message);
      this.#pool.written(unit.id);
    } else if (message.type === "batch") this.writer.post({ type: "batch", worker, batch: message });
    else if (message.type === "parcel") {
      const leaf = leafOfParcel(unit, message.head.nodeId);
      if (leaf === undefined) return;
      const isStaged = unit.kind === "book" ? unit.isRefresh : this.#refreshes.has(unit.bookTitle);
      const stagedIn = isStaged ? this.#runId : null;
      if (unit.kind === "text") this.#refreshes.staged(unit, message.head.version);
      const { id: unitId, bookTitle } = unit;
      this.writer.post({ type: "parcel", unitId, bookTitle, leaf, head: message.head, stagedIn });
    } else if (message.type === "book") {
      const close = this.#works.closeOf(unit, message, this.#runId);
      if (close === null) return;
      this.#writing.set(unit.id, unit);
      this.writer.post({ type: "book", close });
      this.#options.onEvent({ type: "unit-done", unitId: unit.id, title: unit.bookTitle, ...message.cost });
    } else if (message.type === "text") {
      if (unit.kind !== "text") return;
      this.#writing.set(unit.id, unit);
      const settlement = withUnasked(message.settlement, unit, this.#leaves.versions.get(unit.bookTitle) ?? []);
      const close: UnitClose = { ...this.#closeOf(unit, message.cost), settlement };
      this.#leaves.settled(unit, settlement);
      this.#refreshes.closed(unit, close);
      this.writer.post({ type: "text", close, isStaged: this.#refreshes.has(unit.bookTitle) });
      this.#options.onEvent({ type: "unit-done", unitId: unit.id, title: unit.bookTitle, ...message.cost });
    } else if (message.type === "outline") this.#later(unit, this.outlines.save(message.outline, unit, message.cost));
    else if (message.type === "versions") {
      this.#later(unit, this.writer.call("closeUnit", this.#closeOf(unit, message.cost), this.#clock.now()));
      this.#leaves.versionsListed(unit.bookTitle, message.versions);
    } else if (message.type === "widen") {
      if (unit.kind === "text") this.#leaves.widen(unit);
    } else if (message.type === "failed") this.tries.failed(unit, message.error);
  }

  #closeOf({ id: unitId, bookTitle: title }: Unit, cost: Cost): UnitClose {
    return { runId: this.#runId, unitId, title, ...cost, settlement: null };
  }

  /** A unit whose end is under way in the writer. */
  #later(unit: Unit, work: Promise<void>): void {
    this.#writing.set(unit.id, unit);
    work
      .catch((thrown: unknown) => {
        const error = toPlainError(thrown);
        if (isOfTheLibrary(error)) this.#endWith(fatalOf(thrown));
        else this.#fail(unit, error);
      })
      .finally(() => {
        this.#writing.delete(unit.id);
        this.#pool.written(unit.id);
        this.#wake();
      });
  }

  #fromWriter(message: WriterNews): void {
    if (message.type === "taken") return this.#pool.acknowledge(message.worker, message.bytes);
    if (message.type === "committed") {
      const { bookTitle, version, counts, changes, chunks, bytes } = message;
      this.figures.changed(changes);
      this.#options.onEvent({ type: "parcel-committed", title: bookTitle, version, counts, chunks, bytes });
      const full = this.#options.checkDisk();
      if (full !== null) this.#endWith(full);
      return;
    }
    const unit = this.#writing.get(message.unitId);
    this.#writing.delete(message.unitId);
    this.#pool.written(message.unitId);
    if (message.type === "unit-refused") {
      // A full disk is not the unit's fault: the next run brings it.
      if (unit !== undefined && !isOfTheLibrary(message.error)) this.#fail(unit, message.error);
      if (message.error.next === "stop") this.#endWith(fromPlainError(message.error));
    } else if (unit !== undefined) {
      this.figures.succeeded++;
      if (message.type === "book-closed") {
        const { isRefresh, changes } = message;
        this.figures.changed(changes);
        this.#options.onEvent({ type: "book-written", title: unit.bookTitle, isRefresh, changes });
      }
      this.#ended(unit, false);
    }
    this.#wake();
  }

  /** The run cannot go on: whoever waits for workers or for the writer is told so. */
  #endWith(error: SoferError): void {
    this.#pool.fail(error);
    this.#wake();
  }

  #fail(unit: Unit, error: PlainError): void {
    if (this.inquiries.has(unit.id)) return this.inquiries.failed(unit.id, error);
    this.#refreshes.failed(unit.bookTitle, error);
    this.#books.failed(unit.bookTitle);
    const place = unit.kind === "text" ? placeOf(unit) : unit.bookTitle;
    this.failures.note(unit.id, unit.bookTitle, place, error).catch((thrown: unknown) => this.fail(thrown));
    if (unit.kind === "versions") this.#leaves.versionsFailed(unit.bookTitle, error);
    this.#ended(unit, true);
  }

  /** A unit is done or failed. */
  #ended(unit: Unit, hasFailed: boolean): void {
    if (unit.kind === "book") this.#books.step(unit.bookTitle);
    if (unit.kind === "text") this.#leaves.ended(unit, hasFailed);
  }
}

function fatalOf(thrown: unknown): SoferError {
  return thrown instanceof SoferError ? thrown : new SoferError("internal", String(thrown), { cause: thrown });
}

function leafOfParcel(unit: Unit, nodeId: number): Leaf | undefined {
  if (unit.kind === "text") return unit.leaf;
  return unit.kind === "book" ? unit.leaves.find((leaf) => leaf.nodeId === nodeId)?.leaf : undefined;
}
