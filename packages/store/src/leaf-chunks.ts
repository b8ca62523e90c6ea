import type { Database } from "bun:sqlite";
import { pathToBytes, SoferError, type ChunkDraft, type Path } from "@sofer/core";
import { CHUNKING } from "@sofer/text";
import { ManyRows } from "./many-rows.ts";
import type { PlaceRange } from "./place-range.ts";

/** The texts a draft's spans point into, beside each other. */
export interface ChunkedTexts {
  readonly ids: readonly number[];
  readonly paths: readonly Path[];
}

/** Replaces the chunks of one version inside a range. Chunks whose key stays keep their row; their spans are rewritten. */
export function writeChunks(
  database: Database,
  nodeId: number,
  versionId: number,
  range: PlaceRange,
  drafts: readonly ChunkDraft[],
  texts: ChunkedTexts,
): void {
  const held = new Map(
    database
      .query<{ id: number; key: string }, [number, number, Uint8Array, Uint8Array]>(
        "SELECT id, key FROM chunk WHERE node_id = ? AND version_id = ? AND first_path >= ? AND first_path < ?",
      )
      .all(nodeId, versionId, range.from, range.before)
      .map((row) => [row.key, row.id]),
  );
  const insertChunk = database.query(
    "INSERT INTO chunk (key, profile, version_id, node_id, first_path, part, tokens) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const alterChunk = database.query("UPDATE chunk SET first_path = ?, part = ?, tokens = ? WHERE id = ?");
  const removeSpans = database.query("DELETE FROM span WHERE chunk_id = ?");
  const spans = new ManyRows(database, 'span (chunk_id, ord, segment_text_id, start, "end")', 5);
  const parts = new Map<string, number>();
  for (const draft of drafts) {
    const first = texts.paths[draft.spans[0]?.segment ?? -1];
    if (first === undefined)
      throw new SoferError("internal", `chunk ${draft.key} has no span in the texts it was made from`);
    const { key } = draft;
    const place = `${draft.profile} ${first.join(".")}`;
    const part = parts.get(place) ?? 0;
    parts.set(place, part + 1);
    const path = pathToBytes(first);
    let id = held.get(key);
    if (id === undefined) {
      id = Number(insertChunk.run(key, draft.profile, versionId, nodeId, path, part, draft.tokens).lastInsertRowid);
    } else {
      held.delete(key);
      alterChunk.run(path, part, draft.tokens, id);
      removeSpans.run(id);
    }
    for (const [ord, span] of draft.spans.entries()) {
      const textId = texts.ids[span.segment];
      if (textId === undefined) throw new SoferError("internal", `chunk ${key} points to a text it was not made from`);
      spans.add(id, ord, textId, span.start, span.end);
    }
  }
  spans.end();
  removeChunks(database, [...held.values()]);
}

/** Removes every chunk that has a span in one of the texts. */
export function removeChunksOf(database: Database, segmentTextIds: readonly number[]): void {
  const find = database.query<{ chunk_id: number }, [number]>(
    "SELECT DISTINCT chunk_id FROM span WHERE segment_text_id = ?",
  );
  for (const id of segmentTextIds)
    removeChunks(
      database,
      find.all(id).map((row) => row.chunk_id),
    );
}

function removeChunks(database: Database, ids: readonly number[]): void {
  const removeSpans = database.query("DELETE FROM span WHERE chunk_id = ?");
  const removeChunk = database.query("DELETE FROM chunk WHERE id = ?");
  for (const id of ids) {
    removeSpans.run(id);
    removeChunk.run(id);
  }
}

export function markChunked(database: Database, nodeId: number, versionId: number, chunking: string = CHUNKING): void {
  database
    .query(
      "INSERT INTO chunked (version_id, node_id, chunking) VALUES (?, ?, ?) ON CONFLICT (version_id, node_id) DO UPDATE SET chunking = excluded.chunking",
    )
    .run(versionId, nodeId, chunking);
}

export function unmarkChunked(database: Database, nodeId: number, versionId: number): void {
  database.query("DELETE FROM chunked WHERE version_id = ? AND node_id = ?").run(versionId, nodeId);
}

/** True when every text of a version in a leaf lies in some chunk, but for those of which nothing is left without tags and notes. */
export function allTextsChunked(database: Database, nodeId: number, versionId: number): boolean {
  const row = database
    .query<{ id: number }, [number, number]>(
      `SELECT t.id FROM segment s CROSS JOIN segment_text t ON t.version_id = ? AND t.segment_id = s.id
       WHERE s.node_id = ? AND t.tokens > 0 AND NOT EXISTS (SELECT 1 FROM span p WHERE p.segment_text_id = t.id) LIMIT 1`,
    )
    .get(versionId, nodeId);
  return row === null;
}
