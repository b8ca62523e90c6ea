import type { Database } from "bun:sqlite";
import { SoferError } from "@sofer/core";

/** Where a segment stands. */
export interface SegmentPlace {
  readonly nodeId: number;
  readonly path: Uint8Array;
  readonly bookPosition: number;
  readonly nodePosition: number;
}

/** A segment's refs. */
export interface SegmentRefs {
  readonly ref: string;
  readonly heRef: string | null;
}

/**
 * Looks places up. One table for each statement, and each leaf once: M, bun:sqlite takes 2 us for these, and 17 us for
 * their join.
 */
export function placesOf(database: Database): (segmentId: number) => SegmentPlace {
  const find = database.query<{ nodeId: number; path: Uint8Array }, [number]>(
    "SELECT node_id AS nodeId, path FROM segment WHERE id = ?",
  );
  const positions = database.query<{ bookPosition: number; nodePosition: number }, [number]>(
    `SELECT b.position AS bookPosition, n.position AS nodePosition FROM node n JOIN book b ON b.id = n.book_id WHERE n.id = ?`,
  );
  const known = new Map<number, { bookPosition: number; nodePosition: number }>();
  return (segmentId) => {
    const place = find.get(segmentId);
    if (place === null) throw missing(segmentId);
    const position = known.get(place.nodeId) ?? positions.get(place.nodeId);
    if (position === null) throw missing(segmentId);
    known.set(place.nodeId, position);
    return { ...place, ...position };
  };
}

export function refsOf(database: Database, segmentId: number): SegmentRefs {
  const refs = database
    .query<SegmentRefs, [number]>("SELECT ref, he_ref AS heRef FROM segment WHERE id = ?")
    .get(segmentId);
  if (refs === null) throw missing(segmentId);
  return refs;
}

function missing(segmentId: number): SoferError {
  return new SoferError("library", `the full-text index names a segment ${segmentId} that is not there`);
}

/** Place in the contents. */
export function comparePlaces(a: SegmentPlace, b: SegmentPlace): number {
  return a.bookPosition - b.bookPosition || a.nodePosition - b.nodePosition || Buffer.compare(a.path, b.path);
}
