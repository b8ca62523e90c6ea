import { versionId, type Language, type VersionKey, type VersionMeta } from "./book.ts";

/** Which versions a run wants. */
export type VersionPolicy =
  | { readonly kind: "best" }
  | { readonly kind: "all" }
  | { readonly kind: "exact"; readonly wanted: readonly VersionKey[] };

export interface Selection {
  readonly policy: VersionPolicy;
  readonly languages: readonly Language[];
  /** Licences to take, exactly as published ("" = none stated); null: all but those beginning "Copyright". */
  readonly licenses: readonly string[] | null;
}

/** Why a version that the source has is not stored. */
export type ExclusionReason = "language" | "licence" | "version" | "not-best";

/** What a version is chosen by. */
export type CandidateMeta = Pick<VersionMeta, "language" | "versionTitle" | "license" | "priority">;

export interface Candidate {
  readonly meta: CandidateMeta;
  /** Non-blank segments in this leaf. */
  readonly segments: number;
}

/** null: wanted as far as language and licence go. */
export function excludedByPolicy(meta: CandidateMeta, selection: Selection): ExclusionReason | null {
  if (!selection.languages.includes(meta.language)) return "language";
  if (selection.licenses === null ? meta.license.startsWith("Copyright") : !selection.licenses.includes(meta.license)) {
    return "licence";
  }
  const { policy } = selection;
  if (policy.kind === "exact" && !policy.wanted.some((key) => versionId(key) === versionId(meta))) return "version";
  return null;
}

/**
 * The order of `best` (design 2.8), a total one that both routes can compute: priority descending, then non-blank
 * segments in the leaf descending, then version title by code point.
 */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    b.meta.priority - a.meta.priority ||
    b.segments - a.segments ||
    compareCodePoints(a.meta.versionTitle, b.meta.versionTitle)
  );
}

/** Order by code point; JavaScript's `<` goes by UTF-16 unit, which differs beyond the basic plane. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * Splits what a leaf has into what is stored and what is left out, with the reason. Under `best` a version without a
 * non-blank segment in the leaf is no candidate, whatever its priority: otherwise text would be lost to an empty winner.
 */
export function select<T extends Candidate>(
  candidates: readonly T[],
  selection: Selection,
): { readonly kept: T[]; readonly excluded: { candidate: T; reason: ExclusionReason }[] } {
  const kept: T[] = [];
  const excluded: { candidate: T; reason: ExclusionReason }[] = [];
  for (const candidate of candidates) {
    const reason = excludedByPolicy(candidate.meta, selection);
    if (reason === null) kept.push(candidate);
    else excluded.push({ candidate, reason });
  }
  if (selection.policy.kind !== "best") return { kept, excluded };
  const winners: T[] = [];
  for (const language of selection.languages) {
    const side = kept.filter((candidate) => candidate.meta.language === language && candidate.segments > 0);
    const best = side.toSorted(compareCandidates)[0];
    if (best !== undefined) winners.push(best);
  }
  for (const candidate of kept) if (!winners.includes(candidate)) excluded.push({ candidate, reason: "not-best" });
  return { kept: winners, excluded };
}

/** One string for one selection: what was settled under it need not be asked again under it. */
export function selectionKey(selection: Selection): string {
  const { policy } = selection;
  const versions = policy.kind === "exact" ? policy.wanted.map(versionId).toSorted() : policy.kind;
  return JSON.stringify([versions, selection.languages.toSorted(), selection.licenses?.toSorted() ?? null]);
}
