import { startWorker, type StartedWorker } from "./start-worker.ts";

/** The thread of writer/writer-thread.ts. */
export function startWriterThread(): Worker {
  return new Worker(new URL("./writer/writer-thread.ts", import.meta.url).href);
}

/**
 * The writer's thread and the first worker's process, started by themselves: each loads its modules for 50 to 80 ms, while the
 * coordinator's own are loaded on another processor. A run takes both; what nobody takes is ended.
 */
export class EarlyStart {
  #thread: Worker | null;
  #worker: StartedWorker | null = null;

  constructor(workerCommand: readonly string[]) {
    const thread = startWriterThread();
    this.#thread = thread;
    // One that dies before it is taken is none; whoever starts another hears why.
    for (const end of ["error", "close"]) {
      thread.addEventListener(end, () => {
        if (this.#thread === thread) this.#thread = null;
      });
    }
    try {
      this.#worker = startWorker(workerCommand);
    } catch {
      // The pool will try, and say so.
    }
  }

  /** null: there is none, or somebody has it. */
  takeThread(): Worker | null {
    const thread = this.#thread;
    this.#thread = null;
    return thread;
  }

  takeWorker(): StartedWorker | null {
    const worker = this.#worker;
    this.#worker = null;
    return worker;
  }

  end(): void {
    this.takeThread()?.terminate();
    this.takeWorker()?.process.kill("SIGKILL");
  }
}
