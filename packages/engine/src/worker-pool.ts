import {
  SoferError,
  toPlainError,
  type Clock,
  type EngineSnapshot,
  type EventListener,
  type LiveWorker,
  type PlainError,
  type Refusal,
  type SendingEnd,
  type Unit,
} from "@sofer/core";
import type { EarlyStart } from "./early-start.ts";
import type { Grant } from "./pace/host-pace.ts";
import type { FromWorker, SentRequest, ToWorker, WorkerSettings } from "./protocol.ts";
import type { WorkerSpent } from "./spent.ts";
import { startWorker } from "./start-worker.ts";

export interface WorkerPoolOptions {
  /** Program and arguments of a worker process. */
  readonly command: readonly string[];
  /** The first worker may be there. */
  readonly early?: EarlyStart | undefined;
  readonly maxWorkers: number;
  /**
   * How long work that one worker can hold must last before others are started for it: a process takes 0.1 s of a processor
   * and 50 MB until it does anything, and twelve small books were there before the second did.
   */
  readonly othersAfterMs: number;
  readonly settings: WorkerSettings;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** A worker's message about one of its units. */
  readonly onUnitMessage: (worker: number, unit: Unit, message: UnitMessage) => void;
  readonly onPermit: (host: string, grant: Grant) => void;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onEnded: (end: SendingEnd) => void;
  readonly onSent: (requests: readonly SentRequest[]) => void;
  readonly onSpent: (spent: WorkerSpent) => void;
  /** A unit's worker died: what it sent of the unit is to be forgotten. */
  readonly onAbandoned: (unit: Unit) => void;
  /** A unit that killed its worker again and again. */
  readonly onPoisoned: (unit: Unit, error: PlainError) => void;
}

export type UnitMessage = Extract<FromWorker, { unitId: string }>;

/** A unit whose worker died this often is given up: it is what kills them. */
const MAX_CRASHES = 3;
/** A worker process that dies before it says `ready` this often in a row will never work (wrong program, no memory). */
const MAX_FAILED_STARTS = 3;

/** Messages after which a unit goes on. */
const UNFINISHED: ReadonlySet<UnitMessage["type"]> = new Set(["batch", "parcel", "waiting", "resumed"]);
/** Messages that end a unit whose result the writer still has to commit. */
const WRITTEN: ReadonlySet<UnitMessage["type"]> = new Set(["listing", "index", "outline", "versions", "text", "book"]);

interface Member {
  readonly number: number;
  readonly process: Bun.Subprocess;
  readonly units: Map<string, Unit>;
  /** Units it has finished and the library has not: they count as leased, so a kill repeats no more than the leases. */
  readonly unwritten: Set<string>;
  /** Units that wait in it to send again, and need no slot meanwhile. */
  readonly waiting: Set<string>;
  /** Resident bytes of a process that has grown too large: it gets no more units, and leaves after those it has. */
  grownTo: number | null;
  /** One too many since there are to be fewer: as one that has grown. */
  isSurplus: boolean;
  isReady: boolean;
  isDone: boolean;
}

/**
 * The workers and the queue of ready units. Units go to the worker with the fewest; a worker holds at most
 * `maxUnits`. There are never more workers than work, and a crashed one is replaced while work waits.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #ready: Unit[] = [];
  /** Units that are given back and not ready yet. */
  readonly #delayed = new Set<string>();
  readonly #over = new AbortController();
  readonly #members = new Set<Member>();
  readonly #crashes = new Map<string, number>();
  #maxWorkers: number;
  #isWarmingUp = false;
  /** Whether others are started for what one worker can hold. */
  #hasOthers: "no" | "later" | "yes";
  #nextNumber = 0;
  #failedStarts = 0;
  #isStopping = false;
  #idle: (() => void)[] = [];
  #fatal: SoferError | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#maxWorkers = options.maxWorkers;
    this.#hasOthers = options.othersAfterMs === 0 ? "yes" : "no";
  }

  /** Those that become ready later included. */
  get readyCount(): number {
    return this.#ready.length + this.#delayed.size;
  }

  get leasedCount(): number {
    let count = 0;
    for (const member of this.#members) count += member.units.size;
    return count;
  }

  get pids(): number[] {
    return [...this.#members].map((member) => member.process.pid);
  }

  /** Those that are too many get no more units, and leave after those they have. */
  setMaxWorkers(maxWorkers: number): void {
    this.#maxWorkers = maxWorkers;
    // Whoever says how many wants so many.
    this.#hasOthers = "yes";
    const staying = [...this.#members].filter(isStaying).toSorted((a, b) => load(b) - load(a));
    for (const member of staying.slice(maxWorkers)) {
      member.isSurplus = true;
      this.#retireIfIdle(member);
    }
    this.#dispatch();
  }

  snapshot(): Pick<EngineSnapshot, "workers" | "units" | "books"> {
    const books = new Set<string>();
    for (const member of this.#members) for (const { bookTitle } of member.units.values()) books.add(bookTitle);
    // The contents and the listing belong to no book.
    books.delete("");
    const units = { ready: this.#ready.length, delayed: this.#delayed.size, leased: this.leasedCount, writing: 0 };
    return { units, workers: [...this.#members].map(liveWorker), books: [...books] };
  }

  /**
   * Starts the first worker before there is work: that takes a quarter of a second in which other things get ready, too. It
   * says nothing, and nothing is said of it, before `begin`.
   */
  warmUp(): void {
    this.#isWarmingUp = true;
    if (this.#members.size === 0 && !this.#isStopping) this.#start();
  }

  begin(): void {
    this.#isWarmingUp = false;
    for (const member of this.#members) this.#tell(member);
  }

  /** No work is expected any more: workers leave, while other things are done. Should there be some yet, others are started. */
  rest(): void {
    for (const member of this.#members) {
      member.isSurplus = true;
      this.#retireIfIdle(member);
    }
  }

  add(units: readonly Unit[]): void {
    for (const unit of units) this.#ready.push(unit);
    this.#dispatch();
  }

  /** The unit becomes ready after `waitMs`. */
  addLater(unit: Unit, waitMs: number): void {
    this.#delayed.add(unit.id);
    void this.#readyAfter(unit, waitMs);
  }

  async #readyAfter(unit: Unit, waitMs: number): Promise<void> {
    if (!(await this.#slept(waitMs))) return;
    this.#delayed.delete(unit.id);
    this.add([unit]);
  }

  /** Resolves when no unit is ready or leased, or the pool was stopped and what was in flight has ended. */
  async drained(): Promise<void> {
    while (this.#fatal === undefined && (this.leasedCount > 0 || (!this.#isStopping && this.readyCount > 0))) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  /** Resolves when at most `most` units are ready, or the pool was stopped: whoever brings more waits for it. */
  async hasRoom(most: number): Promise<void> {
    while (this.#fatal === undefined && !this.#isStopping && this.readyCount > most) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  /** Gives out no more units. What is in flight is finished. */
  stop(): void {
    this.#isStopping = true;
    this.#over.abort();
    this.#wake();
  }

  fail(error: SoferError): void {
    this.#fatal ??= error;
    this.stop();
  }

  acknowledge(worker: number, bytes: number): void {
    for (const member of this.#members) if (member.number === worker) send(member, { type: "ack", bytes });
  }

  /** The library has the unit (or has refused it): its worker may have another. */
  written(unitId: string): void {
    for (const member of this.#members) {
      if (!member.unwritten.delete(unitId)) continue;
      this.#retireIfIdle(member);
      this.#dispatch();
    }
  }

  /** Ends all workers: politely, then, after `patienceMs`, by force. */
  async end(patienceMs = 5_000): Promise<void> {
    this.stop();
    const members = [...this.#members];
    for (const member of members) send(member, { type: "stop" });
    const timer = setTimeout(() => {
      for (const member of members) if (!member.isDone) member.process.kill("SIGKILL");
    }, patienceMs);
    await Promise.all(members.map((member) => member.process.exited));
    clearTimeout(timer);
  }

  /** Ends all workers now. */
  kill(): void {
    this.stop();
    for (const member of this.#members) member.process.kill("SIGKILL");
  }

  #dispatch(): void {
    if (this.#isStopping) return;
    const { settings } = this.#options;
    const wanted = this.#wantedWorkers();
    let staying = 0;
    for (const member of this.#members) if (isStaying(member)) staying++;
    while (staying < wanted && this.#start()) staying++;
    const free = [...this.#members].filter((member) => member.isReady && isStaying(member));
    while (this.#ready.length > 0) {
      let least: Member | undefined;
      for (const member of free) if (least === undefined || load(member) < load(least)) least = member;
      if (least === undefined || load(least) >= settings.maxUnits) return;
      const unit = this.#ready.shift();
      if (unit === undefined) return;
      least.units.set(unit.id, unit);
      send(least, { type: "unit", unit });
    }
  }

  #wantedWorkers(): number {
    const { settings, othersAfterMs } = this.#options;
    const units = this.#ready.length + this.leasedCount;
    const wanted = Math.min(this.#maxWorkers, units);
    if (wanted <= 1 || this.#hasOthers === "yes" || units > settings.maxUnits) return wanted;
    if (this.#hasOthers === "no") {
      this.#hasOthers = "later";
      void this.#othersAfter(othersAfterMs);
    }
    return 1;
  }

  async #othersAfter(waitMs: number): Promise<void> {
    if (!(await this.#slept(waitMs))) return;
    this.#hasOthers = "yes";
    this.#dispatch();
  }

  /** False: the pool was stopped meanwhile. */
  async #slept(ms: number): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, this.#over.signal);
      return true;
    } catch (thrown) {
      if (this.#over.signal.aborted) return false;
      throw thrown;
    }
  }

  /** False: the system refuses another process (no memory, too many of them). Those that are there do the work. */
  #start(): boolean {
    try {
      this.#spawn();
      return true;
    } catch (thrown) {
      if (this.#members.size === 0) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        this.fail(new SoferError("internal", `no worker can be started: ${why}`, { cause: thrown }));
      }
      return false;
    }
  }

  #spawn(): void {
    const number = this.#nextNumber++;
    const units = new Map<string, Unit>();
    const started = this.#options.early?.takeWorker() ?? startWorker(this.#options.command);
    const member: Member = {
      number,
      process: started.process,
      units,
      unwritten: new Set(),
      waiting: new Set(),
      grownTo: null,
      isSurplus: false,
      isReady: false,
      isDone: false,
    };
    this.#members.add(member);
    started.listen({
      onMessage: (message) => this.#receive(member, message),
      onExit: (code, signal) => this.#exited(member, code, signal),
    });
    if (!this.#isWarmingUp) this.#tell(member);
  }

  #tell(member: Member): void {
    send(member, { type: "start", worker: member.number, settings: this.#options.settings });
  }

  #receive(member: Member, message: FromWorker): void {
    const options = this.#options;
    if (message.type === "permit") {
      options.onPermit(message.host, (expiresAt) => send(member, { type: "permits", ids: [message.id], expiresAt }));
    } else if (message.type === "refused") options.onRefused(message.refusal);
    else if (message.type === "ended") options.onEnded(message.end);
    else if (message.type === "grown") {
      member.grownTo = message.bytes;
      this.#retireIfIdle(member);
    } else if (message.type === "sent") options.onSent(message.requests);
    else if (message.type === "spent") options.onSpent(message.spent);
    else if (message.type === "ready") {
      member.isReady = true;
      this.#failedStarts = 0;
      options.onEvent({ type: "worker-started", worker: member.number, pid: message.pid });
      this.#retireIfIdle(member);
      this.#dispatch();
    } else if (message.type === "done") member.isDone = true;
    else {
      const unit = member.units.get(message.unitId);
      if (unit === undefined) return;
      member.waiting.delete(message.unitId);
      if (message.type === "waiting") member.waiting.add(message.unitId);
      if (!UNFINISHED.has(message.type)) {
        member.units.delete(message.unitId);
        if (WRITTEN.has(message.type)) member.unwritten.add(message.unitId);
        this.#retireIfIdle(member);
      }
      if (message.type !== "batch" && message.type !== "parcel") this.#dispatch();
      options.onUnitMessage(member.number, unit, message);
      this.#wake();
    }
  }

  #exited(member: Member, code: number | null, signal: NodeJS.Signals | number | null): void {
    this.#members.delete(member);
    if (member.isDone && member.grownTo !== null && !this.#isStopping) {
      const { number, grownTo: bytes } = member;
      this.#options.onEvent({ type: "worker-replaced", worker: number, pid: member.process.pid, bytes });
    }
    if (!member.isDone) {
      const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const lost = [...member.units.values()];
      member.units.clear();
      this.#options.onEvent({
        type: "worker-lost",
        worker: member.number,
        pid: member.process.pid,
        units: lost.length,
        why,
      });
      for (const unit of lost) this.#requeue(unit, why);
      if (!member.isReady && ++this.#failedStarts >= MAX_FAILED_STARTS) {
        this.fail(new SoferError("internal", `workers do not start (${why})`, { hint: "see the lines above" }));
      }
      this.#dispatch();
    }
    this.#wake();
  }

  #retireIfIdle(member: Member): void {
    if (isStaying(member) || member.units.size > 0 || member.unwritten.size > 0) return;
    send(member, { type: "stop" });
  }

  #requeue(unit: Unit, why: string): void {
    this.#options.onAbandoned(unit);
    const crashes = (this.#crashes.get(unit.id) ?? 0) + 1;
    this.#crashes.set(unit.id, crashes);
    if (crashes < MAX_CRASHES) this.#ready.unshift(unit);
    else {
      const error = new SoferError("worker-crashed", `${crashes} workers died over this unit, the last by ${why}`);
      this.#options.onPoisoned(unit, toPlainError(error));
    }
  }

  #wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Units of a worker that are named; the others are counted. */
const NAMED_UNITS = 5;

function isStaying(member: Member): boolean {
  return member.grownTo === null && !member.isSurplus;
}

function liveWorker(member: Member): LiveWorker {
  const { number: worker, units, process } = member;
  const doing = units.size > 0 ? "working" : "idle";
  const state = isStaying(member) ? (member.isReady ? doing : "starting") : "leaving";
  const named = units.keys().take(NAMED_UNITS).toArray();
  return { worker, pid: process.pid, state, units: named, unitCount: units.size };
}

function load(member: Member): number {
  return member.units.size - member.waiting.size + member.unwritten.size;
}

function send(member: Member, message: ToWorker): void {
  // A dead process cannot be told anything; its exit is handled where exits are.
  if (member.process.exitCode === null && member.process.signalCode === null) {
    try {
      member.process.send(message);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      // Bun throws when the channel closed between the check and the call; onExit follows.
    }
  }
}
