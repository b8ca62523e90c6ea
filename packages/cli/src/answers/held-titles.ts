import { DEFAULT_CATEGORY, SoferError, type Settings } from "@sofer/core";
import type { Library } from "@sofer/store";
import { openForReading, titlesInLibrary } from "../open-library.ts";

/**
 * The books that `--titles` of ingest and plan stand for, as far as the library has them: what else is in it is not this
 * run's to embed, and to pay for.
 */
export async function heldTitles(settings: Settings): Promise<readonly string[]> {
  const library = await openForReading(settings);
  try {
    const names = settings.titles.length === 0 ? [`category:${DEFAULT_CATEGORY}`] : settings.titles;
    return [...new Set(names.flatMap((name) => booksOf(library, name)))];
  } finally {
    library.close();
  }
}

/** None for a name of which nothing came; that it did not is told where it was to come from. */
function booksOf(library: Library, name: string): readonly string[] {
  try {
    return titlesInLibrary(library, [name]) ?? [];
  } catch (thrown) {
    if (thrown instanceof SoferError && thrown.code === "usage") return [];
    throw thrown;
  }
}
