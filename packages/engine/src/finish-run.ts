import { systemClock } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import type { Coordinator } from "./coordinator.ts";
import { coverBooks, type CoveredBook } from "./covered-books.ts";
import type { DiskGuard } from "./disk-room.ts";
import { closeOldFailures } from "./failures.ts";
import type { IngestOptions } from "./run-options.ts";

export interface FinishedRun {
  readonly options: IngestOptions;
  readonly road: Coordinator;
  readonly guard: DiskGuard;
  /** Of its books. */
  readonly titles: ReadonlySet<string>;
  /** ms since the epoch. */
  readonly startedAt: number;
}

/**
 * What is derived once the texts are in: chunks, then the index. What the books have is the same before the index and after,
 * so it is counted meanwhile. (253 real books: 0.3 s.)
 */
export async function finishRun(run: FinishedRun): Promise<readonly CoveredBook[]> {
  const { options, road, guard, titles, startedAt } = run;
  const { libraryPath, onEvent } = options;
  road.rest();
  await road.writer.call("finishChunks");
  const full = guard.lookNow();
  if (full !== null) throw full;
  await closeOldFailures({ libraryPath, road, onEvent }, titles, startedAt);
  const [covered, indexed] = await Promise.allSettled([covering(libraryPath, titles), index(run)]);
  if (indexed.status === "rejected") throw indexed.reason;
  if (covered.status === "rejected") throw covered.reason;
  return covered.value;
}

async function covering(libraryPath: string, titles: ReadonlySet<string>): Promise<readonly CoveredBook[]> {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    return await coverBooks(library, titles);
  } finally {
    library.close();
  }
}

async function index({ options: { signal, onEvent }, road }: FinishedRun): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const rows = await road.writer.call("buildIndex");
  // Seconds of a large library, which can wait for another run.
  while (!signal.aborted && (await road.writer.call("mergeIndex")));
  if (rows > 0) onEvent({ type: "index-built", rows, ms: systemClock.monotonicMs() - startedMs });
  // Links that came earlier find the books that came now.
  await road.writer.call("resolveLinks", Date.now());
  await road.writer.call("checkpoint");
}
