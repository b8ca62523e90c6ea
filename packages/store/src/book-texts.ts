import type { Database } from "bun:sqlite";
import { NO_CHANGES, type Changes } from "@sofer/core";
import { addChanges, compareTexts, type PlacedTexts } from "./compare-texts.ts";

/** A book's texts by version (id of the row), each by its place. */
export type BookTexts = ReadonlyMap<number, PlacedTexts>;

/** Places and hashes of all texts of a book; no text is read. */
export function bookTexts(database: Database, title: string): BookTexts {
  const rows = database
    .query<{ version: number; place: string; hash: string }, [string]>(
      `SELECT t.version_id AS version, n.title || char(10) || hex(s.path) AS place, hex(t.hash) AS hash
       FROM book b CROSS JOIN node n ON n.book_id = b.id CROSS JOIN segment s ON s.node_id = n.id
       CROSS JOIN segment_text t ON t.segment_id = s.id
       WHERE b.title = ? ORDER BY n.position, s.path`,
    )
    .all(title);
  const texts = new Map<number, Map<string, string>>();
  for (const { version, place, hash } of rows) {
    const of = texts.get(version);
    if (of === undefined) texts.set(version, new Map([[place, hash]]));
    else of.set(place, hash);
  }
  return texts;
}

export interface ComparedBooks {
  readonly changes: Changes;
  /** Places that had text before, in any version. */
  readonly segments: number;
  /**
   * Of these, those that lost one: a version that is still there has neither it nor another text at its place, or no
   * version has any text there. A version that is dropped takes nothing away where others have the place.
   */
  readonly vanished: number;
}

export function compareBooks(before: BookTexts, after: BookTexts): ComparedBooks {
  let changes = NO_CHANGES;
  const covered = new Set<string>();
  for (const texts of after.values()) for (const place of texts.keys()) covered.add(place);
  const segments = new Set<string>();
  const vanished = new Set<string>();
  for (const [version, texts] of before) {
    for (const place of texts.keys()) segments.add(place);
    const compared = compareTexts(texts, after.get(version) ?? new Map<string, string>());
    changes = addChanges(changes, compared);
    for (const place of compared.removedPlaces) if (after.has(version) || !covered.has(place)) vanished.add(place);
  }
  for (const [version, texts] of after) {
    if (!before.has(version)) changes = { ...changes, added: changes.added + texts.size };
  }
  return { changes, segments: segments.size, vanished: vanished.size };
}
