import type { Database } from "bun:sqlite";
import { formatRange, pathFromBytes } from "@sofer/core";
import type { ChunkText } from "./api.ts";
import type { Drizzle } from "./drizzle.ts";
import { chunkRows, spansOf, textOf } from "./dump-chunks.ts";

/** Chunks of a profile in reading order, with no more than what is embedded and how it is named. */
export function* chunkTexts(
  database: Database,
  drizzle: Drizzle,
  filter: { titles?: readonly string[]; profile: string },
): Generator<ChunkText> {
  for (const { book, leaf, row } of chunkRows(database, drizzle, filter)) {
    const spans = spansOf(database, row.id);
    const first = pathFromBytes(row.first_path);
    const lastPath = spans.at(-1)?.path;
    const ref = formatRange(leaf, first, lastPath === undefined ? first : pathFromBytes(lastPath));
    yield { id: row.key, title: book.title, ref, text: textOf(spans) };
  }
}
