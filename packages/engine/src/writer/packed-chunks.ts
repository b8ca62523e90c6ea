import type { ChunkDraft, ChunkSpan } from "@sofer/core";

/** Chunks as columns, for their way from thread to thread (packed-rows.ts says why): a text is in two or three spans. */
export interface PackedChunks {
  /** One after another, all of one length. */
  readonly keys: string;
  /** Names of profiles, each once. */
  readonly profiles: readonly string[];
  /** Of each chunk: its profile's position, its tokens, its number of spans. */
  readonly heads: Uint32Array;
  /** Of each span: segment, start, end. */
  readonly spans: Uint32Array;
}

const HEAD = 3;
const SPAN = 3;

export function chunksIn({ heads }: PackedChunks): number {
  return heads.length / HEAD;
}

export function packChunks(chunks: readonly ChunkDraft[]): PackedChunks {
  const profiles: string[] = [];
  const heads = new Uint32Array(chunks.length * HEAD);
  const spans = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.spans.length, 0) * SPAN);
  let head = 0;
  let at = 0;
  for (const chunk of chunks) {
    let profile = profiles.indexOf(chunk.profile);
    if (profile < 0) profile = profiles.push(chunk.profile) - 1;
    heads[head++] = profile;
    heads[head++] = chunk.tokens;
    heads[head++] = chunk.spans.length;
    for (const { segment, start, end } of chunk.spans) {
      spans[at++] = segment;
      spans[at++] = start;
      spans[at++] = end;
    }
  }
  return { keys: chunks.map(({ key }) => key).join(""), profiles, heads, spans };
}

export function unpackChunks(packed: PackedChunks): ChunkDraft[] {
  const { keys, profiles, heads, spans } = packed;
  const count = chunksIn(packed);
  const keyLength = keys.length / count;
  const chunks: ChunkDraft[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const [profile = 0, tokens = 0, spanCount = 0] = heads.subarray(index * HEAD, (index + 1) * HEAD);
    const own: ChunkSpan[] = [];
    for (let span = 0; span < spanCount; span++, at += SPAN) {
      own.push({ segment: spans[at] ?? 0, start: spans[at + 1] ?? 0, end: spans[at + 2] ?? 0 });
    }
    const key = keys.slice(index * keyLength, (index + 1) * keyLength);
    chunks.push({ key, profile: profiles[profile] ?? "", tokens, spans: own });
  }
  return chunks;
}
