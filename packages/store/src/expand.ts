import type { Database } from "bun:sqlite";
import { compareCodePoints, parseRef, pathFromBytes, type Language } from "@sofer/core";
import type { ExpandedLink, ExpandedLinks, ExpandOptions, StoredBook } from "./api.ts";
import { pageUrl } from "./page-url.ts";
import { after } from "./place-range.ts";
import { languageOf } from "./rows.ts";
import { linksTouching, otherPlace, type LinkPlace, type TouchingLink } from "./touching-links.ts";

/** Segments of the other side that are shown: a link may cover a whole book. */
const SHOWN_SEGMENTS = 3;

interface OtherLeaf {
  readonly title: string;
  readonly bookTitle: string;
  readonly bookPosition: number;
  readonly position: number;
}

interface Expandable {
  readonly link: TouchingLink;
  readonly place: LinkPlace;
  /** null: dangling. */
  readonly leaf: OtherLeaf | null;
}

/** What a place is linked with: places of the library in reading order, then refs that are not in it. */
export function expandPlace(database: Database, book: StoredBook, ref: string, options: ExpandOptions): ExpandedLinks {
  const leaves = book.leaves.map((stored) => stored.leaf);
  const tree = { title: book.title, heTitle: book.heTitle, isComplex: book.isComplex, leaves, virtualNodes: [] };
  const place = parseRef(ref, tree);
  const nodeId = book.leaves.find((stored) => stored.leaf === place?.leaf)?.nodeId;
  if (place === null || nodeId === undefined) return { total: 0, links: [] };
  const types = options.types === null ? null : new Set(options.types.map((type) => type.toLowerCase()));
  const seen = new Set<string>();
  const found = linksTouching(database, nodeId, place.from, place.to)
    .filter((link) => types === null || types.has(link.type.toLowerCase()))
    .filter((link) => {
      const key = JSON.stringify([link.here, link.type, link.ref]);
      return seen.has(key) ? false : seen.add(key);
    })
    .map((link): Expandable => {
      const other = otherPlace(database, link);
      return { link, place: other, leaf: other.nodeId === null ? null : leafOf(database, other.nodeId) };
    })
    .toSorted(compare);
  const links = found.slice(0, Math.max(0, options.limit)).map((one) => expanded(database, ref, one, options));
  return { total: found.length, links };
}

function leafOf(database: Database, nodeId: number): OtherLeaf | null {
  return database
    .query<OtherLeaf, [number]>(
      `SELECT n.title, b.title AS bookTitle, b.position AS bookPosition, n.position
       FROM node n JOIN book b ON b.id = n.book_id WHERE n.id = ?`,
    )
    .get(nodeId);
}

function compare(a: Expandable, b: Expandable): number {
  if (a.leaf === null || b.leaf === null) {
    return Number(a.leaf === null) - Number(b.leaf === null) || compareRefs(a.link, b.link);
  }
  return (
    a.leaf.bookPosition - b.leaf.bookPosition ||
    compareCodePoints(a.leaf.bookTitle, b.leaf.bookTitle) ||
    a.leaf.position - b.leaf.position ||
    Buffer.compare(a.place.from ?? new Uint8Array(0), b.place.from ?? new Uint8Array(0)) ||
    compareRefs(a.link, b.link)
  );
}

function compareRefs(a: TouchingLink, b: TouchingLink): number {
  return compareCodePoints(a.ref, b.ref) || compareCodePoints(a.type, b.type) || compareCodePoints(a.here, b.here);
}

function expanded(
  database: Database,
  hit: string,
  { link, place, leaf }: Expandable,
  options: ExpandOptions,
): ExpandedLink {
  return {
    path: [hit, link.type, link.ref],
    here: link.here,
    ref: link.ref,
    type: link.type,
    state: place.state,
    title: leaf?.bookTitle ?? null,
    ...textsOf(database, place, options),
    url: leaf === null ? null : pageUrl(leaf, link.ref),
  };
}

interface TextRow {
  readonly ref: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly text: string;
}

function textsOf(database: Database, place: LinkPlace, options: ExpandOptions): Pick<ExpandedLink, "texts" | "isCut"> {
  if (place.nodeId === null || place.from === null || place.to === null) return { texts: [], isCut: false };
  const segments = database
    .query<{ id: number }, [number, Uint8Array, Uint8Array, number]>(
      "SELECT id FROM segment WHERE node_id = ? AND path >= ? AND path < ? ORDER BY path LIMIT ?",
    )
    .all(place.nodeId, place.from, after(pathFromBytes(place.to)), SHOWN_SEGMENTS + 1);
  const find = database.query<TextRow, [number]>(
    `SELECT s.ref, v.language, v.version_title AS versionTitle, v.license, t.text
     FROM segment s JOIN segment_text t ON t.segment_id = s.id JOIN version v ON v.id = t.version_id
     WHERE s.id = ? ORDER BY v.language DESC, v.version_title`,
  );
  const isWanted = ({ language, license }: { language: Language; license: string }) =>
    (options.languages?.includes(language) ?? true) && (options.licenses?.includes(license) ?? true);
  const texts = segments
    .slice(0, SHOWN_SEGMENTS)
    .flatMap(({ id }) => find.all(id).map((row) => ({ ...row, language: languageOf(row.language) })))
    .filter(isWanted);
  return { texts, isCut: segments.length > SHOWN_SEGMENTS };
}
