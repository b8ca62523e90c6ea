import type { Database } from "bun:sqlite";
import type { NearestChunk, RankedSegment } from "./api.ts";
import type { SearchScope } from "./filters.ts";
import type { Judge } from "./judge.ts";

interface SpanText {
  readonly id: number;
  readonly segmentId: number;
  readonly versionId: number;
  readonly text: string;
}

/**
 * Segments of the chunks that an engine by meaning found, best first: each with the rank of the nearest chunk that it is
 * in. Chunks that the library does not have any more are passed over: the engine's own store may be behind it.
 */
export function rankNearest(
  database: Database,
  nearest: readonly NearestChunk[],
  scope: SearchScope,
  judge: Judge | null,
): RankedSegment[] {
  const wanted = scope.versionIds === null ? null : new Set(JSON.parse(scope.versionIds) as number[]);
  const textsOfChunk = database.query<SpanText, [string]>(
    `SELECT t.id, t.segment_id AS segmentId, t.version_id AS versionId, t.text
     FROM chunk c JOIN span p ON p.chunk_id = c.id JOIN segment_text t ON t.id = p.segment_text_id
     WHERE c.key = ? ORDER BY p.ord`,
  );
  const isWithin = database.query<{ id: number }, [number, number, Uint8Array, Uint8Array]>(
    "SELECT id FROM segment WHERE id = ? AND node_id = ? AND path >= ? AND path < ?",
  );
  const { within } = scope;
  const segments = new Map<number, RankedSegment>();
  let rank = 0;
  for (const { chunk, similarity } of nearest) {
    const texts = textsOfChunk
      .all(chunk)
      .filter(({ versionId }) => wanted === null || wanted.has(versionId))
      .filter(
        ({ segmentId }) =>
          within === null || isWithin.get(segmentId, within.nodeId, within.from, within.before) !== null,
      )
      .filter(({ text }) => judge?.accepts(text) ?? true);
    if (texts.length === 0) continue;
    rank++;
    for (const { id, segmentId } of texts) {
      const before = segments.get(segmentId);
      segments.set(segmentId, {
        segmentId,
        score: before?.score ?? similarity,
        texts: new Map([...(before?.texts ?? []), [id, similarity]]),
        why: before?.why ?? [{ by: "vector", rank, similarity, chunk }],
      });
    }
  }
  return [...segments.values()];
}
