import { makeNice, NICENESS } from "./niceness.ts";
import type { FromWorker } from "./protocol.ts";

/** Who hears of a worker. */
export interface WorkerEnds {
  readonly onMessage: (message: FromWorker) => void;
  readonly onExit: (code: number | null, signal: NodeJS.Signals | number | null) => void;
}

export interface StartedWorker {
  readonly process: Bun.Subprocess;
  /** Once. What it said before is told now. */
  listen(ends: WorkerEnds): void;
}

/** A worker process. @throws what the system says when it has no room for another */
export function startWorker(command: readonly string[]): StartedWorker {
  let ends: WorkerEnds | null = null;
  const before: ((ends: WorkerEnds) => void)[] = [];
  const tell = (told: (ends: WorkerEnds) => void) => {
    if (ends === null) before.push(told);
    else told(ends);
  };
  const child = Bun.spawn({
    cmd: [...command],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit"],
    ipc: (message: FromWorker) => tell(({ onMessage }) => onMessage(message)),
    onExit: (_process, code, signal) => tell(({ onExit }) => onExit(code, signal)),
  });
  makeNice(child.pid, NICENESS.worker);
  return {
    process: child,
    listen(own) {
      ends = own;
      for (const told of before.splice(0)) told(own);
    },
  };
}
