import { resolveTitles, SoferError, type ContentsEntry } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import { Breath } from "../breath.ts";
import type { BucketRun } from "./run-bucket.ts";

/** Only this much of `--max-delete` allows that a whole book goes. */
const ALL_OF_IT = 100;

/**
 * Books of the library that came from the bucket, were asked for by this run's names, and are not in the contents any
 * more. They are named; they go only when `--max-delete 100` says so. Returns their titles.
 */
export async function dropBooks(run: BucketRun): Promise<string[]> {
  const { options, road } = run;
  const isRemoved = options.settings.maxDelete >= ALL_OF_IT;
  const dropped = await droppedTitles(run);
  for (const title of dropped) {
    if (isRemoved) await road.removeBook(title);
    options.onEvent({ type: "book-dropped", title, isRemoved });
  }
  return dropped;
}

async function droppedTitles({ options, contents }: BucketRun): Promise<string[]> {
  const listed = new Set(contents.map((entry) => entry.title));
  const library = openLibrary(options.libraryPath);
  try {
    const gone: ContentsEntry[] = [];
    const breath = new Breath();
    for (const { title, heTitle, categories } of library.eachBook()) {
      await breath.take();
      if (listed.has(title) || library.sourceObjects(title).length === 0) continue;
      gone.push({ title, heTitle, categories, order: gone.length, dependence: null, baseTitles: [] });
    }
    return gone.length === 0 ? [] : wanted(options.settings.titles, gone);
  } finally {
    library.close();
  }
}

/** Each name by itself: most of them are of books that are still there. */
function wanted(names: readonly string[], gone: readonly ContentsEntry[]): string[] {
  const titles = new Set<string>();
  for (const name of names.length === 0 ? [[]] : names.map((one) => [one])) {
    try {
      for (const { title } of resolveTitles(name, gone, { commentaries: true }).entries) titles.add(title);
    } catch (thrown) {
      if (!(thrown instanceof SoferError) || thrown.code !== "usage") throw thrown;
      // The name is of nothing that is gone.
    }
  }
  return [...titles];
}
