import type { Database } from "bun:sqlite";
import { versionId, type Changes } from "@sofer/core";
import type { BookFlip, FinishLeaves } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { bookVersions } from "./read-books.ts";
import { holdingRows } from "./read-state.ts";
import { nodeIdsOf, replaceBook, requireBook, setChecked, writeStaged } from "./replace-book.ts";
import { finishUnit } from "./run-log.ts";
import { clearStaged } from "./staging.ts";
import { dropVersion, removeVersion } from "./versions.ts";
import { writeOutline } from "./write-outline.ts";

/**
 * The flip of a book that the service was asked for anew, inside the caller's transaction: what its units staged takes
 * the place of what was there, versions that the source has dropped go, and a reader sees the old book or the new one.
 * @throws `too-many-vanish`: the caller's transaction is rolled back and the old book stays.
 */
export function flipBook(
  database: Database,
  drizzle: Drizzle,
  flip: BookFlip,
  finishLeaves: FinishLeaves,
  now: number,
): Changes {
  return replaceBook(database, drizzle, flip, () => {
    const { title, runId, outline } = flip;
    if (outline !== null) writeOutline(database, drizzle, outline.outline, outline.position, now);
    const bookId = requireBook(database, title);
    const nodeIds = nodeIdsOf(database, flip.leaves);
    const finish = (close: BookFlip["closes"][number]) => {
      const settlement = close.settlement && { ...close.settlement, nodeId: nodeIds(close.settlement.nodeId) };
      finishUnit(database, { ...close, settlement }, now);
    };
    for (const close of flip.closes) {
      writeStaged(database, drizzle, runId, close.unitId, nodeIds, now);
      finish(close);
      clearStaged(database, runId, close.unitId);
    }
    const versions = bookVersions(database, bookId);
    for (const { nodeId, versions: present } of flip.present) {
      for (const row of versions) {
        if (!present.includes(versionId(row))) removeVersion(database, drizzle, nodeIds(nodeId), row.id);
      }
    }
    const { dropped, closes } = finishLeaves(holdingRows(database, title), nodeIds);
    for (const { nodeId, version } of dropped) dropVersion(database, drizzle, nodeIds(nodeId), version);
    for (const close of closes) finish(close);
    setChecked(database, bookId, now);
    return bookId;
  });
}
