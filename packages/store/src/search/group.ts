import type { Database } from "bun:sqlite";
import { pathFromBytes } from "@sofer/core";
import type { RankedSegment, SearchGrouping } from "./api.ts";
import { comparePlaces, placesOf, type SegmentPlace } from "./places.ts";

/** Neighbours that join a hit stand at most this far from its best segment, so that a chapter does not become one hit. */
const NEIGHBOURS = 2;
/** Segments looked at for each hit, and at least, so that neighbours far down the list still join. */
const SEGMENTS_PER_HIT = 5;
const LEAST_SEGMENTS = 200;
/** The chunks that grouping by chunk goes by: the smaller ones. */
const CHUNK_PROFILE = "vector";

export interface PlacedSegment extends RankedSegment {
  readonly place: SegmentPlace;
}

/** A hit to be: the best segment, and all of its segments in reading order. */
export interface SegmentGroup {
  readonly best: PlacedSegment;
  readonly members: readonly PlacedSegment[];
}

/** Segments, best first, as groups in the order of their best; equals by their place in the contents. */
export function groupSegments(
  database: Database,
  segments: readonly RankedSegment[],
  grouping: SearchGrouping,
  limit: number,
): SegmentGroup[] {
  const placeOf = placesOf(database);
  const placed = segments
    .slice(0, Math.max(LEAST_SEGMENTS, limit * SEGMENTS_PER_HIT))
    .map((segment): PlacedSegment => ({ ...segment, place: placeOf(segment.segmentId) }))
    .toSorted((a, b) => b.score - a.score || comparePlaces(a.place, b.place));
  const groups: PlacedSegment[][] = [];
  /** Groups that a segment may belong to, by its place or chunk. */
  const byKey = new Map<string, PlacedSegment[]>();
  for (const segment of placed) {
    const key = grouping === "chunk" ? chunkOf(database, segment) : null;
    const keys = grouping === "passage" ? placesAround(segment.place) : key === null ? [] : [key];
    const own = keys.map((one) => byKey.get(one)).find((group) => group !== undefined);
    if (own !== undefined) {
      own.push(segment);
      continue;
    }
    const group = [segment];
    groups.push(group);
    const home = grouping === "passage" ? keys[0] : key;
    if (home !== undefined && home !== null) byKey.set(home, group);
  }
  return groups.slice(0, Math.max(0, limit)).flatMap((members) => {
    const [best] = members;
    return best === undefined ? [] : [{ best, members: members.toSorted((a, b) => comparePlaces(a.place, b.place)) }];
  });
}

/** The place's own key, then its neighbours', nearest first. */
function placesAround({ nodeId, path }: SegmentPlace): string[] {
  const numbers = pathFromBytes(path);
  const last = numbers.at(-1) ?? 0;
  const section = `${nodeId} ${numbers.slice(0, -1).join(".")}`;
  const keys = [`${section} ${last}`];
  for (let step = 1; step <= NEIGHBOURS; step++) keys.push(`${section} ${last - step}`, `${section} ${last + step}`);
  return keys;
}

/** The chunk that the segment's best text begins in; null when it has none. */
function chunkOf(database: Database, segment: PlacedSegment): string | null {
  const [best] = [...segment.texts].toSorted(([, a], [, b]) => b - a);
  if (best === undefined) return null;
  const row = database
    .query<{ id: number }, [number, string]>(
      `SELECT c.id FROM span p JOIN chunk c ON c.id = p.chunk_id
       WHERE p.segment_text_id = ? AND c.profile = ? ORDER BY c.first_path, c.part LIMIT 1`,
    )
    .get(best[0], CHUNK_PROFILE);
  return row === null ? null : `chunk ${row.id}`;
}
