import { MAX_PARCEL_SEGMENTS, MAX_PARCEL_UNITS, type Leaf, type LeafRange } from "@sofer/core";
import type { Library, SectionSize } from "@sofer/store";
import { CHUNKING, chunkLeaf, cleanText } from "@sofer/text";
import type { LeafChunks } from "./writer/messages.ts";

/** Behind every section: no list has so many. */
const LAST_SECTION = 0xffff_fffe;

/** Chunks of every leaf of every version whose chunks are missing or of another making, one after another. */
export function* missingChunks(library: Library): Generator<LeafChunks> {
  const todo = library.unchunked(CHUNKING);
  const titles = [...new Set(todo.map((row) => row.bookTitle))];
  const leaves = new Map(
    [...library.eachBook(titles)].flatMap((book) => book.leaves.map((stored) => [stored.nodeId, stored.leaf])),
  );
  for (const { nodeId, bookTitle, version } of todo) {
    const leaf = leaves.get(nodeId);
    if (leaf === undefined) continue;
    const ranges = rangesOf(leaf, library.sections(nodeId, version));
    for (const [index, range] of ranges.entries()) {
      const { paths, texts, tokens, segmentTextIds } = library.leafVersionTexts(nodeId, version, range);
      const segments = texts.map((raw, at) => ({
        path: paths[at] ?? [],
        text: cleanText(raw).text,
        tokens: tokens[at] ?? 0,
      }));
      const chunks = chunkLeaf({ bookTitle, leaf, version, segments });
      yield { nodeId, version, range, chunks, segmentTextIds, chunking: index === ranges.length - 1 ? CHUNKING : null };
    }
  }
}

/**
 * The leaf as ranges of whole top-level sections that meet, none larger than a parcel but where a section is: section by
 * section the chunks are the same, and a leaf of 400,000 segments need not be in memory. null: the leaf as a whole.
 */
export function rangesOf({ depth }: Leaf, sections: readonly SectionSize[]): readonly (LeafRange | null)[] {
  if (depth <= 1) return [null];
  const starts: number[] = [0];
  let [texts, units] = [0, 0];
  for (const size of sections) {
    const isFull = texts + size.texts > MAX_PARCEL_SEGMENTS || units + size.units > MAX_PARCEL_UNITS;
    if (texts > 0 && isFull) {
      starts.push(size.section);
      [texts, units] = [0, 0];
    }
    texts += size.texts;
    units += size.units;
  }
  if (starts.length === 1) return [null];
  return starts.map((from, index) => ({ from: [from], to: [(starts[index + 1] ?? LAST_SECTION + 1) - 1] }));
}
