import { selectionKey, type TextUnit, type VersionMeta } from "@sofer/core";
import type { SettledRow } from "@sofer/store";
import { rangeWithin, settles, textUnit, versionsToAsk, type LeafWish, type Wish } from "../planner.ts";
import { splitByRange, splitByVersion } from "../split.ts";

/** What is asked for a whole leaf. */
export function wholeUnit(leaf: LeafWish, wish: Wish, known: readonly VersionMeta[] | null): TextUnit {
  // Under `best` the whole leaf is compared even when only its beginning is kept: a later run without the limit must
  // find the same winner.
  const isPart = wish.selection.policy.kind !== "best";
  return textUnit(leaf, {
    range: isPart ? rangeWithin(leaf.shape, leaf.limitSlots) : null,
    versions: versionsToAsk(wish.selection, known),
    selection: wish.selection,
    decidesBest: true,
  });
}

/** The parts that a split of an earlier run made, less those that are settled. */
export function partsOf(
  unit: TextUnit,
  leaf: LeafWish,
  known: readonly VersionMeta[],
  slotsPerRequest: number | null,
  settledRows: readonly SettledRow[],
  wish: Wish,
): TextUnit[] {
  const asked = unit.versions;
  const parts = splitByVersion(
    unit,
    leaf,
    known.filter((meta) => asked === "all" || asked.includes(meta.versionTitle)),
  ).flatMap((part) => (slotsPerRequest === null ? [part] : splitByRange(part, leaf, slotsPerRequest)));
  const settled = wish.isFresh
    ? []
    : settledRows.filter((row) => row.nodeId === unit.nodeId && row.settledAt >= wish.notBefore);
  return parts.filter(
    (part) =>
      !settled.some(
        (row) =>
          row.selection === selectionKey(part.selection) &&
          JSON.stringify(row.range) === JSON.stringify(part.range) &&
          settles(row, part.selection, part.limitSlots),
      ),
  );
}
