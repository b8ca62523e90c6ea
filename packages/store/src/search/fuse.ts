import type { RankedSegment } from "./api.ts";

/**
 * Reciprocal rank fusion: how soon further places stop counting. 60 is what its authors found good over many collections
 * (Cormack, Clarke and Büttcher 2009), and what others use since.
 */
const RANK_CONSTANT = 60;

/** A list of segments by one engine, best first; several may share a rank, as segments of one chunk do. */
export interface RankedList {
  readonly segments: readonly RankedSegment[];
  /** Place of a segment in the list, from 1. */
  readonly rankOf: (segment: RankedSegment) => number;
}

/** One list of several: by the sum of 1 / (60 + rank), which needs no common scale of scores. Best first. */
export function fuse(lists: readonly RankedList[]): RankedSegment[] {
  const fused = new Map<number, RankedSegment>();
  for (const { segments, rankOf } of lists) {
    for (const segment of segments) {
      const before = fused.get(segment.segmentId);
      const part = 1 / (RANK_CONSTANT + rankOf(segment));
      fused.set(segment.segmentId, {
        segmentId: segment.segmentId,
        score: (before?.score ?? 0) + part,
        texts: new Map([...(before?.texts ?? []), ...segment.texts]),
        why: [...(before?.why ?? []), ...segment.why],
      });
    }
  }
  return [...fused.values()].toSorted((a, b) => b.score - a.score || a.segmentId - b.segmentId);
}

/** The place in an engine's own list, as the hit's reasons have it. */
export function ownRank({ why }: RankedSegment): number {
  const [reason] = why;
  return reason === undefined || reason.by === "ref" ? 1 : reason.rank;
}
