import {
  EMPTY_TALLY,
  excludedByPolicy,
  versionId,
  type Settlement,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";

/**
 * A unit's settlement with the versions that were not even asked for because of their licence: known from the list of
 * versions, they are in no answer, and would otherwise be left out without a word.
 */
export function withUnasked(settlement: Settlement, unit: TextUnit, known: readonly VersionMeta[]): Settlement {
  const said = new Set(settlement.excluded.map((version) => `${version.language}|${version.versionTitle}`));
  const unasked = known.filter(
    (meta) => excludedByPolicy(meta, unit.selection) === "licence" && !said.has(versionId(meta)),
  );
  if (unasked.length === 0) return settlement;
  const excluded = unasked.map(
    ({ language, versionTitle, license }) =>
      ({ language, versionTitle, license, reason: "licence", raw: EMPTY_TALLY }) as const,
  );
  return { ...settlement, excluded: [...settlement.excluded, ...excluded] };
}
