import type { SinkRecord } from "@sofer/core";
import { vectorJson } from "../vector-json.ts";

/** The two lines of a record in a bulk request, each with its line break. A line break inside is `\n` in JSON. */
export function bulkLines({ id, contentHash, chunk, vector }: SinkRecord): string {
  const { text, searchText, ...rest } = chunk;
  const document = JSON.stringify({ ...rest, id, contentHash, vectorKey: vector?.key ?? null, text, searchText });
  const numbers = vector === null ? "" : `,"vector":${vectorJson(vector.values)}`;
  return `${JSON.stringify({ index: { _id: id } })}\n${document.slice(0, -1)}${numbers}}\n`;
}
