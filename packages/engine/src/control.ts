import {
  CONTROL_META,
  isChanged,
  SoferError,
  type Acknowledgement,
  type Clock,
  type Control,
  type ControlCommand,
  type ControlState,
  type EngineSnapshot,
  type EventListener,
} from "@sofer/core";
import type { Coordinator } from "./coordinator.ts";

export interface RunControlOptions {
  readonly road: Coordinator;
  /** As an earlier run left it. */
  readonly kept: ControlState;
  readonly maxWorkers: number;
  /** @throws SoferError `usage` for a rate that is refused */
  readonly checkRate: (ratePerSecond: number | null) => void;
  readonly stop: () => void;
  /** Titles of what has failed so far. */
  readonly failedTitles: (filter: RetryFilter) => readonly string[];
  readonly onEvent: EventListener;
  readonly clock: Clock;
}

export interface RetryFilter {
  readonly titles: readonly string[] | null;
  readonly causes: readonly string[] | null;
}

const MOST_WORKERS = 64;

/**
 * Steers a run: puts a command in force, keeps what it changed in the library, says so, and only then acknowledges it.
 * Commands are taken one after another.
 */
export class RunControl implements Control {
  readonly #options: RunControlOptions;
  #state: ControlState;
  #retries: RetryFilter[] = [];
  #isOver = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RunControlOptions) {
    this.#options = options;
    this.#state = options.kept;
  }

  get ratePerSecond(): number | null {
    return this.#state.ratePerSecond;
  }

  /** Puts in force what an earlier run was told, and says so. */
  begin(): void {
    const { road, onEvent } = this.#options;
    const { pausedAt, ratePerSecond, maxWorkers } = this.#state;
    if (maxWorkers !== null) {
      road.setMaxWorkers(maxWorkers);
      onEvent({ type: "workers-set", maxWorkers, isKept: true });
    }
    if (ratePerSecond !== null) onEvent({ type: "pace-set", ratePerSecond, isKept: true });
    if (pausedAt !== null) {
      road.paces.hold(true);
      onEvent({ type: "run-paused", isKept: true });
    }
  }

  snapshot(): EngineSnapshot {
    return { ...this.#options.road.snapshot(), control: this.#state };
  }

  tell(command: ControlCommand): Promise<Acknowledgement> {
    const next = this.#last.then(() => this.#do(command));
    // Who asked is told of a failure; the next command is none the worse for it.
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** What is to be tried again, once; null: nothing was asked for. */
  takeRetry(): RetryFilter | null {
    return this.#retries.shift() ?? null;
  }

  /** The run is through: it takes no more commands. False: something was asked for in the meantime. */
  end(): boolean {
    if (this.#retries.length > 0) return false;
    this.#isOver = true;
    return true;
  }

  close(): void {
    this.#isOver = true;
  }

  /** A run that came to its end by itself leaves nothing for the next one. */
  async forget(): Promise<void> {
    if (isChanged(this.#state)) await this.#options.road.writer.call("saveMeta", CONTROL_META, "");
  }

  async #do(command: ControlCommand): Promise<Acknowledgement> {
    if (this.#isOver) throw new SoferError("interrupted", "the run is at its end");
    const said = await this.#putInForce(command);
    return { action: command.action, at: this.#options.clock.now(), control: this.#state, said };
  }

  async #putInForce(command: ControlCommand): Promise<string> {
    const { road, clock, onEvent, checkRate } = this.#options;
    switch (command.action) {
      case "pause":
        if (this.#state.pausedAt !== null) return "it is paused already";
        road.paces.hold(true);
        await this.#keep({ pausedAt: clock.now() });
        onEvent({ type: "run-paused", isKept: false });
        return "nothing more is sent; what is on the wire is finished";
      case "resume":
        if (this.#state.pausedAt === null) return "it is not paused";
        await this.#keep({ pausedAt: null });
        road.paces.hold(false);
        onEvent({ type: "run-resumed" });
        return "it goes on";
      case "rate": {
        const { ratePerSecond } = command;
        checkRate(ratePerSecond);
        const before = this.#state;
        this.#state = { ...before, ratePerSecond };
        road.paces.lookUpAgain();
        await this.#keep({ ratePerSecond });
        onEvent({ type: "pace-set", ratePerSecond, isKept: false });
        return ratePerSecond === null ? "as the run's settings say" : paceInWords(ratePerSecond);
      }
      case "workers": {
        const { maxWorkers } = command;
        if (maxWorkers !== null && (!Number.isInteger(maxWorkers) || maxWorkers < 1 || maxWorkers > MOST_WORKERS)) {
          throw new SoferError("usage", `workers must be a whole number from 1 to ${MOST_WORKERS}`);
        }
        road.setMaxWorkers(maxWorkers ?? this.#options.maxWorkers);
        await this.#keep({ maxWorkers });
        onEvent({ type: "workers-set", maxWorkers, isKept: false });
        return maxWorkers === null ? "as the run's settings say" : `at most ${maxWorkers} from now on`;
      }
      case "retry": {
        const { titles, causes } = command;
        const failed = this.#options.failedTitles({ titles, causes });
        if (failed.length === 0) return "nothing of that has failed";
        this.#retries.push({ titles: failed, causes });
        onEvent({ type: "retry-asked", titles: failed });
        return `tried again when the run is through with the rest: ${failed.join(", ")}`;
      }
      case "stop":
        this.#options.stop();
        return "what is in flight is finished; progress is kept";
      default:
        return command satisfies never;
    }
  }

  async #keep(change: Partial<ControlState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await this.#options.road.writer.call("saveMeta", CONTROL_META, JSON.stringify(this.#state));
  }
}

function paceInWords(ratePerSecond: number): string {
  return ratePerSecond === 0 ? "no pace from now on" : `at most ${ratePerSecond} requests a second from now on`;
}
