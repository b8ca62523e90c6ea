import { didYouMean, SoferError, type Settings } from "@sofer/core";
import type { FailureRow, Library } from "@sofer/store";
import { titlesInLibrary } from "./open-library.ts";

/**
 * Failures that something can be done about. A dictionary holds no stored text and never will: it is named, but a
 * category that brings one along is whole without it.
 */
export function openFailures(rows: readonly FailureRow[]): FailureRow[] {
  return rows.filter((row) => row.code !== "virtual-node");
}

/**
 * Those of the causes and titles that were asked for; all without. A book that failed may not be in the library at all:
 * its title is found among the failures.
 * @throws SoferError `usage` for a cause or a title that is of no failure
 */
export function chosenFailures(
  rows: readonly FailureRow[],
  { cause: causes, titles }: Settings,
  library: Library,
): FailureRow[] {
  const known = [...new Set(rows.map((row) => row.code))];
  const strange = causes.find((cause) => !known.includes(cause));
  if (strange !== undefined && known.length > 0) {
    const hint = didYouMean(strange, known, 1) || `there is ${known.join(", ")}`;
    throw new SoferError("usage", `nothing failed because of "${strange}"`, { hint });
  }
  const failed = new Set(rows.map((row) => row.title));
  const others = titles.filter((title) => !failed.has(title));
  const named = new Set([...titles, ...(titlesInLibrary(library, others) ?? [])]);
  return rows.filter(
    (row) => (causes.length === 0 || causes.includes(row.code)) && (titles.length === 0 || named.has(row.title)),
  );
}
