import { CHUNK_PROFILES, formatRef, type ChunkProfile, type Leaf, type Path, type VersionKey } from "@sofer/core";
import { TOKENIZER } from "../tokens.ts";

/** Changes whenever the same segments would give other chunks: by the rules of merging and splitting, or of clean text. */
export const CHUNKER = "1";

/** What chunks depend on besides the texts. The library keeps it: another value means that its chunks are not current. */
export function chunkingKey(profiles: readonly ChunkProfile[]): string {
  const list = profiles.map((profile) => `${profile.name}:${profile.targetTokens}/${profile.maxTokens}`);
  return `${list.join(",")};${TOKENIZER};chunker ${CHUNKER}`;
}

/** {@link chunkingKey} of the default profiles. */
export const CHUNKING = chunkingKey(CHUNK_PROFILES);

/** What stands between two segments of a chunk. */
export const JOINT = "\n";

/** The text of a chunk from its parts, in order. The parts of one segment are never in one chunk. */
export function rebuildChunkText(parts: readonly string[]): string {
  return parts.join(JOINT);
}

export interface ChunkIdentity {
  readonly bookTitle: string;
  readonly leaf: Leaf;
  readonly version: VersionKey;
  readonly profile: ChunkProfile;
  readonly first: Path;
  readonly last: Path;
  /** Of its text, as it stands in a JSON string, in UTF-8. */
  readonly escaped: Uint8Array;
  /** Offset in its segment where a part of a split segment begins; null for whole segments. */
  readonly partStart: number | null;
}

/**
 * Content id of a chunk: the first half of sha256 of a JSON list. The offset, the last in it, keeps two parts of one segment
 * apart when they happen to read the same.
 */
export function chunkKey(identity: ChunkIdentity): string {
  const { bookTitle, leaf, version, profile, first, last, escaped, partStart } = identity;
  const before = JSON.stringify([
    profile.name,
    profile.targetTokens,
    profile.maxTokens,
    TOKENIZER,
    CHUNKER,
    bookTitle,
    version.language,
    version.versionTitle,
    formatRef(leaf, first),
    formatRef(leaf, last),
  ]);
  return new Bun.CryptoHasher("sha256")
    .update(`${before.slice(0, -1)},"`)
    .update(escaped)
    .update(partStart === null ? '"]' : `",${partStart}]`)
    .digest("hex")
    .slice(0, 32);
}
