import type { Database } from "bun:sqlite";
import type { VersionKey } from "@sofer/core";
import { textHash } from "./leaf-texts.ts";
import { removeVersionTexts } from "./write-outline.ts";

/** No text has this hash: whatever the source brings is taken for a change, and verification keeps seeing the damage. */
const NO_HASH = Buffer.alloc(16);

/**
 * Prepares a leaf to be brought again. Its settlements go, so that the next run asks for it, and the objects of the
 * bucket that held these versions are forgotten, so that they are downloaded. Texts that are not what was stored lose their
 * hash, by which the writer would take them for unchanged. Texts that no holding ever proved are removed: nothing the
 * source answers would name them.
 */
export function unsettleLeaf(database: Database, nodeId: number, keys: readonly VersionKey[] | null): void {
  const versions = database
    .query<{ id: number; isHeld: number }, [number]>(
      `SELECT v.id, EXISTS (SELECT 1 FROM holding h WHERE h.version_id = v.id AND h.node_id = n.id) AS isHeld
       FROM node n JOIN version v ON v.book_id = n.book_id WHERE n.id = ?`,
    )
    .all(nodeId);
  const texts = database.query<{ id: number; text: string; hash: Uint8Array }, [number, number]>(
    `SELECT t.id, t.text, t.hash FROM segment s CROSS JOIN segment_text t ON t.version_id = ? AND t.segment_id = s.id
     WHERE s.node_id = ?`,
  );
  const spoil = database.query("UPDATE segment_text SET hash = ? WHERE id = ?");
  for (const version of versions) {
    if (version.isHeld === 0) {
      removeVersionTexts(database, nodeId, version.id);
      continue;
    }
    for (const row of texts.all(version.id, nodeId)) {
      if (!textHash(row.text).equals(row.hash)) spoil.run(NO_HASH, row.id);
    }
  }
  database.query("DELETE FROM settled WHERE node_id = ?").run(nodeId);
  const forget = database.query(
    `DELETE FROM source_object WHERE kind = 'text' AND book_id = (SELECT book_id FROM node WHERE id = ?1)
     AND (?2 IS NULL OR (language = ?2 AND version_title = ?3))`,
  );
  if (keys === null) forget.run(nodeId, null, null);
  else for (const key of keys) forget.run(nodeId, key.language, key.versionTitle);
}

/** The chunks of a version in a leaf are to be made again. */
export function forgetChunks(database: Database, nodeId: number, key: VersionKey): void {
  database
    .query(
      `DELETE FROM chunked WHERE node_id = ?1 AND version_id IN
       (SELECT v.id FROM version v JOIN node n ON n.book_id = v.book_id
        WHERE n.id = ?1 AND v.language = ?2 AND v.version_title = ?3)`,
    )
    .run(nodeId, key.language, key.versionTitle);
}
