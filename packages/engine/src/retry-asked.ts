import { SoferError, type ContentsEntry, type EventListener } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import type { RetryFilter, RunControl } from "./control.ts";
import type { Coordinator } from "./coordinator.ts";
import type { IngestOptions } from "./run-options.ts";

/** What has failed is planned again like any other book: plan minus holdings is what is missing of it. */
export async function retryAsked(
  control: RunControl,
  options: IngestOptions,
  road: Coordinator,
  entries: readonly ContentsEntry[],
  bring: (entries: readonly ContentsEntry[], options: IngestOptions) => Promise<unknown>,
): Promise<void> {
  for (let asked = control.takeRetry(); asked !== null; asked = control.takeRetry()) {
    if (options.signal.aborted) return;
    const titles = new Set(failedTitles(options.libraryPath, new Set(entries.map(({ title }) => title)), asked));
    if (titles.size === 0) continue;
    options.onEvent({ type: "retry-started", titles: [...titles] });
    road.again(titles);
    const again = entries.filter(({ title }) => titles.has(title));
    // The run's totals stay those of its first plan.
    const onEvent: EventListener = (event) => (event.type === "plan-made" ? undefined : options.onEvent(event));
    try {
      await bring(again, { ...options, onEvent });
    } catch (thrown) {
      // A plan that is refused leaves the run as it was; it is to end with what it has done.
      if (!(thrown instanceof SoferError) || (thrown.code !== "usage" && thrown.code !== "over-budget")) throw thrown;
      options.onEvent({ type: "retry-refused", titles: [...titles], why: thrown.message });
    }
  }
}

/** Titles of wanted books of which something has failed. */
export function failedTitles(libraryPath: string, wanted: ReadonlySet<string>, filter: RetryFilter): string[] {
  const library = openLibrary(libraryPath);
  try {
    const rows = library.failures().filter(({ code }) => filter.causes?.includes(code) ?? true);
    const titles = new Set(rows.map(({ title }) => title).filter((title) => wanted.has(title)));
    return [...titles].filter((title) => filter.titles?.includes(title) ?? true);
  } finally {
    library.close();
  }
}
