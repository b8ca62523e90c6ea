import { fromPlainError, toPlainError, type VersionMeta } from "@sofer/core";
import type { NotedFailures } from "../noted-failures.ts";
import type { RoadEnds } from "../road-ends.ts";
import type { RunFigures } from "../run-figures.ts";
import { isOfTheLibrary } from "../writer/writer-client.ts";
import { refreshId, type FinishedRefresh } from "./refreshes.ts";

export interface FlipEnds extends RoadEnds {
  readonly figures: RunFigures;
  readonly failures: NotedFailures;
}

/**
 * Puts a refreshed book in the old one's place; the old one stays, and a failure says why, where that cannot be.
 * @param known the book's list of versions, where one is known
 * @throws SoferError where nothing can be written any more
 */
export async function flipBook(
  title: string,
  { flip, splits, error }: FinishedRefresh,
  known: readonly VersionMeta[],
  { writer, clock, onEvent, figures, failures }: FlipEnds,
): Promise<void> {
  try {
    if (error !== null) throw fromPlainError({ ...error, message: `not refreshed: ${error.message}` });
    const changes = await writer.call("flipBook", flip, splits, known, clock.now());
    figures.changed(changes);
    onEvent({ type: "book-written", title, isRefresh: true, changes });
    onEvent({ type: "book-completed", title });
  } catch (thrown) {
    const plain = toPlainError(thrown);
    // Nothing is to be tidied up where nothing can be written: the next run forgets what waits.
    if (isOfTheLibrary(plain)) throw thrown;
    for (const { unitId } of flip.closes) await writer.call("clearStaged", flip.runId, unitId);
    await failures.ofBook(title, refreshId(title), plain);
    onEvent({ type: "book-failed", title });
  }
}
