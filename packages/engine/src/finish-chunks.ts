import type { Library } from "@sofer/store";
import { CHUNKING, chunkLeaf, cleanText } from "@sofer/text";
import type { LeafChunks } from "./writer/messages.ts";

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
    const { paths, texts, tokens, segmentTextIds } = library.leafVersionTexts(nodeId, version);
    const segments = texts.map((raw, index) => ({
      path: paths[index] ?? [],
      text: cleanText(raw).text,
      tokens: tokens[index] ?? 0,
    }));
    yield { nodeId, version, chunks: chunkLeaf({ bookTitle, leaf, version, segments }), segmentTextIds };
  }
}
