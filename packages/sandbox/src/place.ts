import { comparePaths, heLabel, labelsOf, parseLabel, pathOfNumbers, sectionNumbers } from "@sofer/core";
import { addressTypeAt, formatHeRef, formatRange, formatRef, type Leaf, type Path } from "@sofer/core";
import { errorAnswer } from "./answers/answer.ts";
import type { BookNode } from "./nodes.ts";
import type { OpenedBook, Shelf } from "./opened-book.ts";
import { foldRef, titleCandidates } from "./titles.ts";

/** What a ref names: a node, or places in the leaf that the node is or steps into. */
export interface Place {
  readonly book: OpenedBook;
  readonly node: BookNode;
  /** The leaf that holds the text; null for a branch without default node and for a dictionary. */
  readonly leaf: Leaf | null;
  /** Both empty when the node itself was asked for. */
  readonly from: Path;
  readonly to: Path;
}

/**
 * Reads a ref as the service does: dashes first, then the longest title, then the sections. When only the sections
 * cannot be read, the title alone is answered (the partial-match fallback).
 * @throws an error answer (404) when nothing matches.
 */
export function findPlace(shelf: Shelf, asked: string): Place {
  const folded = foldRef(asked);
  const exact = findNode(shelf, folded);
  if (exact?.name === folded) return nodePlace(exact);
  const [left = "", right, ...more] = folded.split("-");
  const found = more.length > 0 ? null : right === undefined ? exact : findNode(shelf, left);
  if (found === null) throw errorAnswer(404, `Could not find title in reference: ${asked.replaceAll("_", " ")}`);
  const { node, book } = found;
  const leaf = node.leaf ?? node.defaultChild?.leaf ?? null;
  const whole = nodePlace(found);
  if (leaf === null) return whole;

  const start = readSections(leaf, partsOf(left.slice(found.name.length)));
  if (start === null || start.from.length === 0) return whole;
  let end = start.to;
  if (right !== undefined) {
    const tail = right.startsWith(found.name) ? right.slice(found.name.length) : right;
    const parts = partsOf(tail);
    const kept = labelsOf(leaf, pathOf(leaf, start.from, asked)).slice(
      0,
      Math.max(0, start.from.length - parts.length),
    );
    const read = readSections(leaf, [...kept, ...parts]);
    if (read === null || read.to.length !== start.from.length) return whole;
    end = read.to;
  }
  if (start.from.length > leaf.depth) throw errorAnswer(404, `Too many sections in reference: ${asked}`);
  const from = pathOf(leaf, start.from, asked);
  const to = pathOf(leaf, end, asked);
  if (comparePaths(from, to) > 0) throw errorAnswer(404, `Couldn't parse reference: ${asked}`);
  const counts = book.counts(node.leaf === null ? (node.defaultChild ?? node) : node);
  const length = typeof counts === "number" ? counts : counts.length;
  if ((to[0] ?? 0) >= length) throw errorAnswer(404, `${leaf.title} ends before ${asked.replaceAll("_", " ")}`);
  return { book, node, leaf, from, to };
}

interface FoundNode {
  readonly book: OpenedBook;
  readonly node: BookNode;
  readonly name: string;
}

function nodePlace({ book, node }: FoundNode): Place {
  return { book, node, leaf: node.leaf ?? node.defaultChild?.leaf ?? null, from: [], to: [] };
}

/** The node whose title is the longest start of the ref. Book titles are the start of their nodes' titles. */
function findNode(shelf: Shelf, folded: string): FoundNode | null {
  const candidates = [...titleCandidates(folded)];
  let best: FoundNode | null = null;
  for (const candidate of candidates) {
    const book = shelf.find(candidate);
    if (book === undefined) continue;
    // A shorter title can only win with a node of its own below it, which a comma announces: do not open it for less.
    if (best !== null && folded[candidate.length] !== ",") continue;
    const opened = shelf.open(book);
    const name = candidates.find((longer) => opened.node(longer) !== undefined);
    const node = name === undefined ? undefined : opened.node(name);
    if (name !== undefined && node !== undefined && name.length > (best?.name.length ?? 0)) {
      best = { book: opened, node, name };
    }
  }
  return best;
}

function partsOf(text: string): string[] {
  return text.split(/[ .,:]+/).filter((part) => part !== "");
}

interface SectionSpan {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Section numbers of labels, or null. A Talmud page without a side is both its sides. */
function readSections(leaf: Leaf, parts: readonly string[]): SectionSpan | null {
  const from: number[] = [];
  const to: number[] = [];
  for (const [level, part] of parts.entries()) {
    const type = addressTypeAt(leaf, level);
    const isWholeDaf = type === "Talmud" && level === parts.length - 1 && /^[1-9]\d{0,6}$/.test(part);
    const first = parseLabel(type, isWholeDaf ? `${part}a` : part);
    if (first === null) return null;
    from.push(first);
    to.push(isWholeDaf ? first + 1 : first);
  }
  return { from, to };
}

function pathOf(leaf: Leaf, numbers: readonly number[], asked: string): Path {
  const path = pathOfNumbers(leaf, numbers);
  if (path === null) throw errorAnswer(404, `${asked.replaceAll("_", " ")} lies before the start of ${leaf.title}`);
  return path;
}

export function isRange(from: Path, to: Path): boolean {
  return comparePaths(from, to) !== 0;
}

/** A daf range that starts on side a and ends on side b is written without sides: `Berakhot 2-3`. */
function wholeDafs(leaf: Leaf, from: Path, to: Path): readonly [number, number] | null {
  if (leaf.addressTypes[0] !== "Talmud" || from.length !== 1 || !isRange(from, to)) return null;
  const [start = 0] = sectionNumbers(leaf, from);
  const [end = 0] = sectionNumbers(leaf, to);
  return start % 2 === 1 && end % 2 === 0 ? [(start + 1) / 2, end / 2] : null;
}

/** The ref in the service's normal form. */
export function normalRef(leaf: Leaf, from: Path, to: Path): string {
  const dafs = wholeDafs(leaf, from, to);
  if (dafs === null) return isRange(from, to) ? formatRange(leaf, from, to) : formatRef(leaf, from);
  return `${leaf.title} ${dafs[0] === dafs[1] ? dafs[0] : `${dafs[0]}-${dafs[1]}`}`;
}

export function normalHeRef(leaf: Leaf, from: Path, to: Path): string {
  const dafs = wholeDafs(leaf, from, to);
  if (dafs !== null) {
    const [start, end] = dafs.map((daf) => heLabel("Integer", daf) ?? "");
    return `${leaf.heTitle} ${start === end ? start : `${start}-${end}`}`;
  }
  const first = formatHeRef(leaf, from) ?? formatRef(leaf, from);
  if (!isRange(from, to)) return first;
  const differs = from.findIndex((index, level) => index !== to[level]);
  const last = sectionNumbers(leaf, to).map((n, level) => heLabel(addressTypeAt(leaf, level), n) ?? String(n));
  return `${first}-${last.slice(differs).join(":")}`;
}
