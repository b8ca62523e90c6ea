import { countsFailure, isStageFailure, SoferError, toPlainError, type EventListener } from "@sofer/core";
import { openLibrary, type BookCoverage } from "@sofer/store/run";
import type { Coordinator } from "./coordinator.ts";

export interface FailureEnds {
  readonly libraryPath: string;
  readonly road: Coordinator;
  readonly onEvent: EventListener;
}

/**
 * Closes what failed in earlier runs of books that ended well in this one: healed, whatever unit it was that failed, or
 * not wanted any more. Nothing is lost by it: what is not held is asked for again as soon as a run wants it.
 */
export async function closeOldFailures(
  { libraryPath, road, onEvent }: FailureEnds,
  titles: ReadonlySet<string>,
  startedAt: number,
): Promise<void> {
  for (const [title, kept] of failedBefore(libraryPath, titles)) {
    if (road.failures.titles.has(title)) continue;
    const count = await road.writer.call("closeFailures", title, startedAt, [countsFailure(title), ...kept]);
    if (count > 0) onEvent({ type: "failures-closed", title, count, why: "all that is wanted of it is there" });
  }
}

/** Books that failed once, and that the source does not have any more: they cannot be tried again. */
export async function closeGone(
  { libraryPath, road, onEvent }: FailureEnds,
  titles: readonly string[],
  now: number,
): Promise<void> {
  const failed = failedBefore(libraryPath, new Set(titles));
  for (const title of titles) {
    const count = await road.writer.call("closeFailures", title, now, failed.get(title));
    onEvent({ type: "failures-closed", title, count, why: "the source has no such book any more" });
  }
}

/**
 * Names books that are settled and still lack what their counts promise; a request that failed has a name already. What
 * came later heals it.
 */
export async function nameMissing({ road, onEvent }: FailureEnds, covered: readonly BookCoverage[]): Promise<void> {
  for (const { book, slots } of covered) {
    const { title } = book;
    const unitId = countsFailure(title);
    if (road.failures.titles.has(title)) continue;
    if (slots.failed > 0)
      await road.failures.ofBook(title, unitId, toPlainError(missing(slots.failed, slots.expected)));
    else if (road.failures.has(unitId)) {
      await road.writer.call("resolveFailures", [unitId]);
      onEvent({ type: "failures-closed", title, count: 1, why: "all that its counts promise is there" });
    }
  }
}

function missing(count: number, expected: number): SoferError {
  return new SoferError(
    "empty-where-promised",
    `${count} of the ${expected} segments that its counts promise came in no version`,
    { hint: "its counts and its texts may be of different days: sofer retry asks for all of it again, best in a day" },
  );
}

/** Books with failures, and which of these are not of their texts: embedding and pushing close theirs by themselves. */
function failedBefore(libraryPath: string, titles: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const library = openLibrary(libraryPath);
  try {
    const rows = library.failures().filter(({ title }) => titles.has(title));
    const ofStages = (members: typeof rows) => members.map(({ unitId }) => unitId).filter(isStageFailure);
    return new Map([...Map.groupBy(rows, ({ title }) => title)].map(([title, members]) => [title, ofStages(members)]));
  } finally {
    library.close();
  }
}
