import { isStageFailure } from "@sofer/core";
import type { Library, StoredBook } from "@sofer/store";
import type { VerifyLine } from "./verify-line.ts";

/**
 * A book of the bucket whose first run was cut off: nothing says how much text it has, since only its last transaction
 * does, so no slot of it would be missed.
 */
export function unfinishedLines(library: Library, { title }: StoredBook): VerifyLine[] {
  if (library.settled(title).length > 0 || library.sourceObjects(title).length === 0) return [];
  // What failed is said with its reason.
  if (library.failures().some((failure) => failure.title === title && !isStageFailure(failure.unitId))) return [];
  const note = "begun and not brought to its end: run ingest again";
  return [{ sign: "-", about: "text", title, leaf: null, version: null, ref: title, note }];
}
