import { existsSync } from "node:fs";
import {
  LANGUAGES,
  licensesOf,
  resolveTitles,
  SoferError,
  type ContentsEntry,
  type Language,
  type Settings,
} from "@sofer/core";
import type { Library } from "@sofer/store";

/** The library, read-only. @throws SoferError `library`, `newer` */
export async function openForReading(settings: Settings): Promise<Library> {
  const path = settings.library;
  if (!existsSync(path)) {
    throw new SoferError("library", `there is no library at ${path}`, {
      hint: "sofer ingest makes one; --library names another",
    });
  }
  const { openLibrary } = await import("@sofer/store/reader");
  return openLibrary(path);
}

/**
 * Names of books and categories as titles of the library; undefined when none were given.
 * @throws SoferError `usage`, with the nearest titles
 */
export function titlesInLibrary(library: Library, names: readonly string[]): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  const contents = library.books().map((book, order): ContentsEntry => ({
    title: book.title,
    heTitle: book.heTitle,
    categories: book.categories,
    order,
    dependence: null,
    baseTitles: [],
  }));
  return resolveTitles(names, contents, { commentaries: true }).entries.map((entry) => entry.title);
}

/** The licences that were asked for, exactly as published, as a filter to spread; none without `--licenses`. */
export function wantedLicenses({ licenses }: Settings): { readonly licenses?: readonly string[] } {
  return licenses === null ? {} : { licenses: licensesOf(licenses) };
}

/** The sides that were asked for, in the library's order. */
export function wantedLanguages(settings: Settings): readonly Language[] {
  return LANGUAGES.filter((language) => settings.languages.includes(language));
}
