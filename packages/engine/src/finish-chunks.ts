import type { Library, LibraryWriter } from "@sofer/store";
import { CHUNKING, chunkLeaf, cleanText } from "@sofer/text";

/** Chunks every leaf of every version whose chunks are missing or of another making; returns how many. */
export function finishChunks(library: Library, writer: LibraryWriter): number {
  const todo = library.unchunked(CHUNKING);
  const titles = [...new Set(todo.map((row) => row.bookTitle))];
  const leaves = new Map(
    [...library.eachBook(titles)].flatMap((book) => book.leaves.map((stored) => [stored.nodeId, stored.leaf])),
  );
  for (const { nodeId, bookTitle, version } of todo) {
    const leaf = leaves.get(nodeId);
    if (leaf === undefined) continue;
    const stored = library.leafVersionTexts(nodeId, version);
    const segments = stored.texts.map((raw, index) => ({
      path: stored.paths[index] ?? [],
      text: cleanText(raw).text,
      tokens: stored.tokens[index] ?? 0,
    }));
    const chunks = chunkLeaf({ bookTitle, leaf, version, segments });
    writer.replaceChunks(nodeId, version, chunks, stored.segmentTextIds, CHUNKING);
  }
  return todo.length;
}
