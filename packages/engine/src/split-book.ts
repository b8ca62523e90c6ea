import {
  addTallies,
  compareCandidates,
  EMPTY_TALLY,
  excludedByPolicy,
  selectionKey,
  type ExcludedVersion,
  type Settlement,
  type TextUnit,
  type VersionKey,
  type VersionMeta,
} from "@sofer/core";
import type { HoldingRow, UnitClose } from "@sofer/store";
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

/** What is left to do of a leaf when all its parts have come. */
export type FinishedSplit = Pick<SplitLeaf, "unit" | "wish" | "settlements">;

/** The whole leaf's settlement out of its parts'. */
function wholeSettlement(split: FinishedSplit, dropped: readonly ExcludedVersion[]): Settlement {
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
function losers(split: FinishedSplit, holdings: readonly HoldingRow[], known: readonly VersionMeta[]): VersionMeta[] {
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

/** What the parts brought of versions that are not the best of their side, seen as a whole. */
function droppedVersions(
  split: FinishedSplit,
  holdings: readonly HoldingRow[],
  known: readonly VersionMeta[],
): ExcludedVersion[] {
  return losers(split, holdings, known).map((meta) => {
    const stored = holdings
      .filter(
        ({ nodeId, version }) =>
          nodeId === split.unit.nodeId &&
          version.language === meta.language &&
          version.versionTitle === meta.versionTitle,
      )
      .reduce((sum, row) => sum + row.stored, 0);
    const { language, versionTitle, license } = meta;
    const raw = { count: stored, sum: "0000000000000000" };
    return { language, versionTitle, license, reason: "not-best", raw };
  });
}

/** The leaf's end: whoever lost goes, and the leaf is settled as a whole. */
export function splitEnd(
  split: FinishedSplit,
  holdings: readonly HoldingRow[],
  known: readonly VersionMeta[],
  runId: number,
): {
  readonly dropped: readonly { readonly nodeId: number; readonly version: VersionKey }[];
  readonly close: UnitClose;
} {
  const { unit } = split;
  const dropped = droppedVersions(split, holdings, known);
  return {
    dropped: dropped.map(({ language, versionTitle }) => ({
      nodeId: unit.nodeId,
      version: { language: language === "he" ? "he" : "en", versionTitle },
    })),
    close: {
      runId,
      unitId: unit.id,
      title: unit.bookTitle,
      requests: 0,
      bytes: 0,
      settlement: wholeSettlement(split, dropped),
    },
  };
}
