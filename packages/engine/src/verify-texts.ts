import { addTallies, comparePaths, EMPTY_TALLY, formatRef, isBlank, TallyCounter, type Path } from "@sofer/core";
import type { HoldingRow, LeafVersionTexts, StoredLeaf } from "@sofer/store";
import type { LeafLine } from "./verify-line.ts";

export interface TextFindings {
  readonly lines: readonly LeafLine[];
  /** Texts whose bytes still have the hash they were stored with. */
  readonly intact: number;
  /** Texts that the holdings count and the rows do not have; which they are must be found out elsewhere. */
  readonly missing: number;
}

const MASK = (1n << 64n) - 1n;
/** Of a sha256, so many are kept with the text. */
const HASH_BYTES = 16;

/**
 * One version of one leaf: its texts against their hashes, and against what its holdings count and where.
 * @param chunked texts that some chunk points to, by id: those that came from outside have none.
 */
export function verifyTexts(
  { leaf }: StoredLeaf,
  texts: LeafVersionTexts,
  holdings: readonly HoldingRow[],
  chunked: ReadonlySet<number | null>,
): TextFindings {
  const lines: LeafLine[] = [];
  const say = (sign: LeafLine["sign"], place: Path | null, note: string) =>
    lines.push({ sign, about: "text", ref: place === null ? leaf.title : formatRef(leaf, place), note });
  const oddPlaces = new Set(
    holdings.flatMap((row) => row.odd.filter((odd) => odd.kind !== "text").map((odd) => odd.path.join("."))),
  );
  let intact = 0;
  let altered = 0;
  let surplus = 0;
  // A holding of the whole leaf proves every place; most leaves have no other.
  const isAllProven = holdings.some(({ range }) => range === null);
  const found = new TallyCounter();
  for (const [index, text] of texts.texts.entries()) {
    const path = texts.paths[index] ?? [];
    if (!isAllProven && !isProven(path, holdings)) {
      say("+", path, "no answer of the source brought it");
      surplus++;
    } else if (oddPlaces.size > 0 && oddPlaces.has(path.join("."))) {
      say("+", path, "the source has no text there");
      surplus++;
    } else {
      found.add(text);
      if (isBlank(text) || !hasHash(text, texts.hashes[index])) {
        say("*", path, isBlank(text) ? "blank" : "not the text that was stored");
        altered++;
      } else intact++;
    }
  }
  const held = addTallies(EMPTY_TALLY, ...holdings.map((row) => ({ count: row.stored, sum: row.tallySum })));
  const difference = texts.texts.length - surplus - held.count;
  const excess = (BigInt(`0x${found.tally().sum}`) - BigInt(`0x${held.sum}`)) & MASK;
  if (difference > 0) {
    const extra = extraTexts(texts, difference, excess, chunked);
    for (const index of extra ?? []) say("+", texts.paths[index] ?? [], "the source did not answer it");
    if (extra === null) say("+", null, `${difference} more than the source answered, of ${held.count}`);
  }
  if (difference === 0 && altered === 0 && excess !== 0n) say("*", null, "the texts do not add up to what was stored");
  return { lines, intact, missing: Math.max(0, -difference) };
}

/**
 * Which texts are too many, when nothing else differs: what the sum is too large by is the hash of the one, or the sum
 * of those that are in no chunk. Null where neither is so.
 */
function extraTexts(
  texts: LeafVersionTexts,
  count: number,
  excess: bigint,
  chunked: ReadonlySet<number | null>,
): readonly number[] | null {
  if (count === 1) {
    const one = texts.texts.findIndex((text) => digest(text) === excess);
    return one < 0 ? null : [one];
  }
  const loose = [...texts.texts.keys()].filter((index) => !chunked.has(texts.segmentTextIds[index] ?? null));
  let sum = 0n;
  for (const index of loose) sum = (sum + digest(texts.texts[index] ?? "")) & MASK;
  return loose.length === count && sum === excess ? loose : null;
}

/** The 64-bit hash that tallies sum; 0 for a blank text, which they leave out. */
function digest(text: string): bigint {
  const counter = new TallyCounter();
  counter.add(text);
  return BigInt(`0x${counter.tally().sum}`);
}

function isProven(path: Path, holdings: readonly HoldingRow[]): boolean {
  return holdings.some(({ range }) => {
    if (range === null || path.length < range.to.length) return true;
    return comparePaths(path, range.from) >= 0 && comparePaths(path.slice(0, range.to.length), range.to) <= 0;
  });
}

function hasHash(text: string, hash: Uint8Array | undefined): boolean {
  if (hash?.byteLength !== HASH_BYTES) return false;
  const now = Bun.CryptoHasher.hash("sha256", text);
  // Byte by byte: to make a part of it and compare that takes longer than the hash itself.
  for (let at = 0; at < HASH_BYTES; at++) if (now[at] !== hash[at]) return false;
  return true;
}
