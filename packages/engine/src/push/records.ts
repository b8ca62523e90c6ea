import { SoferError, type ChunkLine, type SinkRecord, type VectorSpace } from "@sofer/core";
import type { Library, VectorCache } from "@sofer/store";
import { documentText, vectorKey, type EmbeddedBy } from "../embed/vector-key.ts";

/** Of which vectors a sink's records are to have one; null: they have none. */
export interface RecordVectors {
  readonly by: EmbeddedBy;
  readonly space: VectorSpace;
  readonly cache: VectorCache;
}

/** A chunk as a sink is to hold it; its vector is read only when it has to be sent. */
export interface WantedRecord {
  readonly chunk: ChunkLine;
  readonly contentHash: string;
  /** null: without. */
  readonly vectorKey: string | null;
}

/** Every chunk of a profile, in reading order. */
export function* wantedRecords(
  library: Library,
  profile: string,
  titles: readonly string[] | undefined,
  by: EmbeddedBy | null,
): Generator<WantedRecord> {
  for (const chunk of library.chunks({ profile, ...(titles === undefined ? {} : { titles }) })) {
    const key = by === null ? null : vectorKey(by, "document", documentText(by, chunk.text));
    yield { chunk, vectorKey: key, contentHash: contentHash(chunk, key) };
  }
}

/** Of everything that a record says: any change of it, a licence or a link too, is another content. */
function contentHash(chunk: ChunkLine, key: string | null): string {
  return new Bun.CryptoHasher("sha256")
    .update(JSON.stringify([chunk, key]))
    .digest("hex")
    .slice(0, 32);
}

/** With its vector; null: it has none yet. */
export function recordOf(
  { chunk, contentHash: hash, vectorKey: key }: WantedRecord,
  vectors: RecordVectors | null,
): SinkRecord | null {
  const record = { id: chunk.id, contentHash: hash, chunk };
  if (key === null || vectors === null) return { ...record, vector: null };
  const vector = vectors.cache.get(key);
  if (vector === null) return null;
  if (vector.values.length === vectors.space.dimensions) return { ...record, vector };
  throw new SoferError(
    "library",
    `${vectors.cache.path} holds a vector of ${vector.values.length} dimensions for ${chunk.ref}`,
    {
      hint: "the file of vectors is damaged: put a backup in its place, or move it away and embed again",
    },
  );
}
