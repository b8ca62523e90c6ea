import type { Database } from "bun:sqlite";
import { compareCodePoints, formatRange, pathFromBytes, pathToBytes, SoferError, formatHeRef } from "@sofer/core";
import { cleanText, cutSnippet } from "@sofer/text";
import { pageUrl } from "../page-url.ts";
import { after } from "../place-range.ts";
import { languageOf, leafOf, stringsOf } from "../rows.ts";
import type { HitVersion, RankedSegment, SearchHit } from "./api.ts";
import type { CitedPlace } from "./cite.ts";
import type { SearchScope } from "./filters.ts";
import type { SegmentGroup } from "./group.ts";
import type { Judge } from "./judge.ts";
import { refsOf } from "./places.ts";
import type { TextScore } from "./score-text.ts";

/** Segments of a cited place of which the refs are given: a section has some tens. */
const CITED_SEGMENTS = 200;

interface BookRow {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: string;
  readonly leaf: string;
}

function bookOfNode(database: Database, nodeId: number): BookRow {
  const row = database
    .query<BookRow, [number]>(
      `SELECT b.title, b.he_title AS heTitle, b.categories, n.leaf FROM node n JOIN book b ON b.id = n.book_id WHERE n.id = ?`,
    )
    .get(nodeId);
  if (row === null) throw new SoferError("library", `the library has no leaf ${nodeId} any more`);
  return row;
}

export function hitOfGroup(
  database: Database,
  { best, members }: SegmentGroup,
  scope: SearchScope,
  judge: Judge | null,
): SearchHit {
  const { nodeId } = best.place;
  const { ref, heRef } = refsOf(database, best.segmentId);
  const { title, heTitle, categories, leaf: json } = bookOfNode(database, nodeId);
  const leaf = leafOf(json);
  const first = pathFromBytes(members[0]?.place.path ?? best.place.path);
  const last = pathFromBytes(members.at(-1)?.place.path ?? best.place.path);
  return {
    ref,
    heRef,
    title,
    heTitle,
    categories: stringsOf(categories),
    score: best.score,
    why: best.why,
    passage: {
      ref: formatRange(leaf, first, last),
      refs: members.map((member) => refsOf(database, member.segmentId).ref),
    },
    versions: versionsOf(database, best.segmentId, scope, judge, (id) => isByMeaning(best) && best.texts.has(id)),
    url: pageUrl(leaf, ref),
  };
}

/** The hit of a ref that was typed; null when no wanted version has text there. */
export function hitOfPlace(
  database: Database,
  cited: CitedPlace,
  query: string,
  scope: SearchScope,
  score: number,
): SearchHit | null {
  const { nodeId, leaf, from, to } = cited;
  const segments = database
    .query<{ id: number; ref: string }, [number, Uint8Array, Uint8Array, number]>(
      "SELECT id, ref FROM segment WHERE node_id = ? AND path >= ? AND path < ? ORDER BY path LIMIT ?",
    )
    .all(nodeId, pathToBytes(from), after(to), CITED_SEGMENTS);
  const [first] = segments;
  if (first === undefined) return null;
  const versions = versionsOf(database, first.id, scope, null, () => true);
  if (versions.length === 0) return null;
  const { title, heTitle, categories } = bookOfNode(database, nodeId);
  const ref = formatRange(leaf, from, to);
  const isOne = from.every((step, level) => step === to[level]);
  return {
    ref,
    heRef: isOne ? formatHeRef(leaf, from) : null,
    title,
    heTitle,
    categories: stringsOf(categories),
    score,
    why: [{ by: "ref", cited: query }],
    passage: { ref, refs: segments.map((segment) => segment.ref) },
    versions,
    url: pageUrl(leaf, ref),
  };
}

function isByMeaning({ why }: RankedSegment): boolean {
  return why.some((reason) => reason.by === "vector");
}

interface TextRow {
  readonly id: number;
  readonly text: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly versionSource: string | null;
}

/**
 * The segment's texts that have as many of the words as any of them, best first; equals by language, Hebrew first, and
 * version title, so that the list is stable. The index's candidates may have been cut before the last of them.
 * @param isFound of a text that belongs to the hit whatever words it has
 */
function versionsOf(
  database: Database,
  segmentId: number,
  { versionIds }: SearchScope,
  judge: Judge | null,
  isFound: (textId: number) => boolean,
): readonly HitVersion[] {
  const texts = database
    .query<TextRow, [number, string | null]>(
      `SELECT t.id, t.text, v.language, v.version_title AS versionTitle, v.license, v.version_source AS versionSource
       FROM segment_text t JOIN version v ON v.id = t.version_id
       WHERE t.segment_id = ?1 AND (?2 IS NULL OR v.id IN (SELECT value FROM json_each(?2)))`,
    )
    .all(segmentId, versionIds)
    .map((row) => ({ row, score: judge?.score(row.text) ?? NO_SCORE }));
  const most = Math.max(1, ...texts.map(({ score }) => score.terms.size));
  return texts
    .filter(({ row, score }) => score.terms.size === most || isFound(row.id))
    .toSorted(
      (a, b) =>
        b.score.score - a.score.score ||
        compareCodePoints(b.row.language, a.row.language) ||
        compareCodePoints(a.row.versionTitle, b.row.versionTitle),
    )
    .map(({ row: { language, versionTitle, license, versionSource, text } }) => ({
      language: languageOf(language),
      versionTitle,
      license,
      versionSource,
      text,
      ...shown(text, judge),
    }));
}

const NO_SCORE: TextScore = { score: 0, bestWeight: 0, share: 1, terms: new Set() };

/** The display text with what was found in it. */
function shown(raw: string, judge: Judge | null): Pick<HitVersion, "displayText" | "highlights" | "snippet"> {
  const { text, footnotes } = cleanText(raw);
  const highlights = judge?.highlights(text, raw) ?? [];
  if (highlights.length === 0) {
    for (const note of footnotes) {
      const inNote = judge?.highlights(note.text, note.text) ?? [];
      if (inNote.length > 0)
        return { displayText: text, highlights, snippet: { ...cutSnippet(note.text, inNote), isFootnote: true } };
    }
  }
  return { displayText: text, highlights, snippet: { ...cutSnippet(text, highlights), isFootnote: false } };
}
