import type { SinkRecord, SinkSpec } from "@sofer/core";

/**
 * The file, line by line. The first says what it holds; then comes one for each chunk. While a push is under way a later
 * line takes an earlier one's place, and a chunk may be said to be removed; when it has ended only what is left is there.
 *
 * ```json
 * {"type":"header","format":"sofer-chunks","mapping":1,"profile":"vector","space":{"model":"…","dimensions":768}}
 * {"type":"chunk","id":"…","contentHash":"…","title":"Genesis","ref":"Genesis 1:1-5",…,"vectorKey":"…","vector":[0.1,…]}
 * {"type":"removed","id":"…"}
 * ```
 */
export const JSONL_MAPPING = 1;

export type Line =
  | { readonly type: "header"; readonly mapping: number; readonly spec: SinkSpec }
  | { readonly type: "chunk"; readonly id: string; readonly contentHash: string }
  | { readonly type: "removed"; readonly id: string };

export function headerLine({ profile, space }: SinkSpec): string {
  return `${JSON.stringify({ type: "header", format: "sofer-chunks", mapping: JSONL_MAPPING, profile, space })}\n`;
}

export function chunkLine({ id, contentHash, chunk, vector }: SinkRecord): string {
  const { id: _id, ...rest } = chunk;
  const numbers = vector === null ? {} : { vectorKey: vector.key, vector: Array.from(vector.values, shortest) };
  return `${JSON.stringify({ type: "chunk", id, contentHash, ...rest, ...numbers })}\n`;
}

export function removedLine(id: string): string {
  return `${JSON.stringify({ type: "removed", id })}\n`;
}

/** Nine digits are enough to find the same 32-bit float again; a 64-bit one would be written with 17. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}

/** null: not a line of ours. */
export function readLine(text: string): Line | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const { type, format, mapping, profile, space, id, contentHash } = (value ?? {}) as Record<string, unknown>;
  if (type === "header" && format === "sofer-chunks" && typeof mapping === "number" && typeof profile === "string") {
    return { type, mapping, spec: { profile, space: (space ?? null) as SinkSpec["space"] } };
  }
  if (typeof id !== "string") return null;
  if (type === "chunk" && typeof contentHash === "string") return { type, id, contentHash };
  return type === "removed" ? { type, id } : null;
}
