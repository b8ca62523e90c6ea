import type { Database } from "bun:sqlite";
import { didYouMean, pathToBytes, SoferError } from "@sofer/core";
import type { SearchFilters } from "./api.ts";
import type { CitedPlace } from "./cite.ts";
import { after } from "../place-range.ts";
import { languageOf, stringsOf } from "../rows.ts";

/** What a request's filters leave of the library. */
export interface SearchScope {
  /** ids of the versions that are wanted, as a JSON list; null: all. */
  readonly versionIds: string | null;
  readonly within: { readonly nodeId: number; readonly from: Uint8Array; readonly before: Uint8Array } | null;
  /** Nothing is left. */
  readonly isEmpty: boolean;
}

interface VersionRow {
  readonly id: number;
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly title: string;
  readonly categories: string;
}

/**
 * The versions that the filters leave. Names are compared without letter case; a category or version that the library
 * does not have at all is wrong usage, with the nearest names.
 * @throws SoferError `usage`
 */
export function scopeOf(database: Database, filters: SearchFilters, within: CitedPlace | null): SearchScope {
  const range =
    within === null ? null : { nodeId: within.nodeId, from: pathToBytes(within.from), before: after(within.to) };
  if (!isFiltered(filters)) return { versionIds: null, within: range, isEmpty: false };
  const rows = database
    .query<VersionRow, []>(
      `SELECT v.id, v.language, v.version_title AS versionTitle, v.license, b.title, b.categories
       FROM version v JOIN book b ON b.id = v.book_id ORDER BY v.id`,
    )
    .all();
  const categories = named(filters.categories);
  const versions = named(filters.versions);
  const titles = filters.titles === undefined ? null : new Set(filters.titles);
  const names = { categories: new Set<string>(), versions: new Set<string>() };
  const ids: number[] = [];
  for (const row of rows) {
    const ofBook = categories === null ? [] : categoryNames(stringsOf(row.categories));
    const ofVersion = versions === null ? [] : [row.versionTitle, `${row.language}|${row.versionTitle}`];
    for (const name of ofBook) names.categories.add(name);
    for (const name of ofVersion) names.versions.add(name);
    const isWanted =
      (filters.languages?.includes(languageOf(row.language)) ?? true) &&
      (titles === null || titles.has(row.title)) &&
      (filters.licenses?.includes(row.license) ?? true) &&
      (categories === null || ofBook.some((name) => categories.has(fold(name)))) &&
      (versions === null || ofVersion.some((name) => versions.has(fold(name))));
    if (isWanted) ids.push(row.id);
  }
  checkNames("category", filters.categories, names.categories);
  checkNames("version", filters.versions, names.versions);
  return {
    versionIds: ids.length === rows.length ? null : JSON.stringify(ids),
    within: range,
    isEmpty: ids.length === 0,
  };
}

function isFiltered({ languages, titles, categories, versions, licenses }: SearchFilters): boolean {
  return [languages, titles, categories, versions, licenses].some((list) => list !== undefined);
}

function named(names: readonly string[] | undefined): ReadonlySet<string> | null {
  return names === undefined ? null : new Set(names.map(fold));
}

/** Every level's own name, and the path down to it. */
function categoryNames(path: readonly string[]): string[] {
  return [...new Set(path.flatMap((name, level) => [name, path.slice(0, level + 1).join("/")]))];
}

function checkNames(what: string, wanted: readonly string[] | undefined, known: ReadonlySet<string>): void {
  const folded = new Set([...known].map(fold));
  const unknown = wanted?.find((name) => !folded.has(fold(name)));
  if (unknown === undefined) return;
  throw new SoferError("usage", `the library has no ${what} called "${unknown}"`, {
    hint: didYouMean(unknown, [...known], 3),
  });
}

function fold(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}
