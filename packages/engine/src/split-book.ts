import {
  addTallies,
  compareCandidates,
  EMPTY_TALLY,
  excludedByPolicy,
  selectionKey,
  type ExcludedVersion,
  type Settlement,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";
import type { HoldingRow } from "@sofer/store";
import type { LeafWish } from "./planner.ts";

/** A leaf that is asked in parts: what is open, and what the parts said. Settled as a whole when the last one is in. */
export interface SplitLeaf {
  readonly wish: LeafWish;
  /** The unit as it was first planned. */
  readonly unit: TextUnit;
  readonly open: Set<string>;
  readonly settlements: Settlement[];
  hasFailed: boolean;
}

/** The whole leaf's settlement out of its parts'. */
export function wholeSettlement(split: SplitLeaf, dropped: readonly ExcludedVersion[]): Settlement {
  const excluded = new Map<string, ExcludedVersion>();
  for (const settlement of split.settlements) {
    for (const version of settlement.excluded) {
      const key = `${version.language}|${version.versionTitle}`;
      const earlier = excluded.get(key);
      excluded.set(key, earlier === undefined ? version : { ...version, raw: addTallies(earlier.raw, version.raw) });
    }
  }
  return {
    nodeId: split.unit.nodeId,
    range: null,
    selection: selectionKey(split.unit.selection),
    limitSlots: split.wish.limitSlots,
    excluded: [...excluded.values(), ...dropped],
    raw: addTallies(EMPTY_TALLY, ...split.settlements.map((settlement) => settlement.raw)),
  };
}

/** Under `best`, the versions of a leaf fetched in parts that lose to another of their side. */
export function losers(
  split: SplitLeaf,
  holdings: readonly HoldingRow[],
  known: readonly VersionMeta[],
): VersionMeta[] {
  const { selection, nodeId } = split.unit;
  if (selection.policy.kind !== "best") return [];
  const out: VersionMeta[] = [];
  for (const language of selection.languages) {
    const candidates = known
      .filter((meta) => meta.language === language && excludedByPolicy(meta, selection) === null)
      .map((meta) => ({
        meta,
        segments: holdings
          .filter(
            (row) =>
              row.nodeId === nodeId &&
              row.version.language === language &&
              row.version.versionTitle === meta.versionTitle,
          )
          .reduce((sum, row) => sum + row.stored, 0),
      }))
      .filter((candidate) => candidate.segments > 0)
      .toSorted(compareCandidates);
    out.push(...candidates.slice(1).map((candidate) => candidate.meta));
  }
  return out;
}
