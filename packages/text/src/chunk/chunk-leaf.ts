import {
  CHUNK_PROFILES,
  type ChunkDraft,
  type ChunkProfile,
  type ChunkSegment,
  type ChunkSpan,
  type Leaf,
  type VersionKey,
} from "@sofer/core";
import { EscapedTexts, escapedText } from "./escaped-texts.ts";
import { chunkKey, JOINT } from "./key.ts";
import { splitText, type Stretch } from "./split.ts";

export interface ChunkInput {
  readonly bookTitle: string;
  readonly leaf: Leaf;
  readonly version: VersionKey;
  /** Stored segments of one version in reading order: a whole leaf, or whole top-level sections of it. */
  readonly segments: readonly ChunkSegment[];
}

/** Below this a single character might not fit. */
const LEAST_MAXIMUM = 16;

interface Piece {
  /** Its position among the pieces. */
  readonly number: number;
  readonly index: number;
  readonly section: number;
  readonly tokens: number;
  readonly text: string;
}

interface Making extends ChunkInput {
  /** Of the pieces. */
  readonly escaped: EscapedTexts;
}

/**
 * Chunks of a leaf, profile after profile, in reading order. Whole segments are merged until the target is reached,
 * never above the maximum nor across a top-level section (a leaf of depth 1 is one section); a segment above the
 * maximum is split and its parts stand alone. A segment whose clean text is empty (markup or a footnote only) has no
 * span. Chunking section by section gives the same chunks, but for the segment indexes.
 */
export function chunkLeaf(input: ChunkInput, profiles: readonly ChunkProfile[] = CHUNK_PROFILES): ChunkDraft[] {
  const pieces: Piece[] = [];
  const texts: string[] = [];
  for (const [index, segment] of input.segments.entries()) {
    const { text } = segment;
    const section = input.leaf.depth <= 1 ? 0 : (segment.path[0] ?? 0);
    if (text === "") continue;
    pieces.push({ number: pieces.length, index, section, tokens: segment.tokens, text });
    texts.push(text);
  }
  const made: Making = { ...input, escaped: new EscapedTexts(texts, JOINT) };
  return profiles.flatMap((profile) => chunkPieces(made, pieces, profile));
}

function chunkPieces(input: Making, pieces: readonly Piece[], profile: ChunkProfile): ChunkDraft[] {
  const { targetTokens, maxTokens } = profile;
  if (maxTokens < LEAST_MAXIMUM || targetTokens < 1 || targetTokens > maxTokens) {
    throw new RangeError(`chunk profile "${profile.name}": needs 1 <= target <= max and max >= ${LEAST_MAXIMUM}`);
  }
  const drafts: ChunkDraft[] = [];
  let open: Piece[] = [];
  let tokens = 0;
  const close = (): void => {
    if (open.length > 0) drafts.push(draft(input, profile, open, tokens, null));
    open = [];
    tokens = 0;
  };
  for (const piece of pieces) {
    if (piece.tokens > maxTokens) {
      close();
      for (const part of splitText(piece.text, profile)) drafts.push(draft(input, profile, [piece], part.tokens, part));
      continue;
    }
    const isSameSection = open[0]?.section === piece.section;
    // A joint is one line feed: one token at most.
    if (!isSameSection || tokens >= targetTokens || tokens + 1 + piece.tokens > maxTokens) close();
    tokens += (open.length > 0 ? 1 : 0) + piece.tokens;
    open.push(piece);
  }
  close();
  return drafts;
}

function draft(
  input: Making,
  profile: ChunkProfile,
  pieces: readonly Piece[],
  tokens: number,
  part: Stretch | null,
): ChunkDraft {
  const spans: ChunkSpan[] = pieces.map((piece) => ({
    segment: piece.index,
    start: part?.start ?? 0,
    end: part?.end ?? piece.text.length,
  }));
  const { bookTitle, leaf, version, segments } = input;
  const first = segments[spans[0]?.segment ?? -1]?.path ?? [];
  const last = segments[spans.at(-1)?.segment ?? -1]?.path ?? [];
  const escaped =
    part === null
      ? input.escaped.stretch(pieces[0]?.number ?? 0, pieces.at(-1)?.number ?? 0)
      : Buffer.from(escapedText((pieces[0]?.text ?? "").slice(part.start, part.end)));
  const key = chunkKey({ bookTitle, leaf, version, profile, first, last, escaped, partStart: part?.start ?? null });
  return { key, profile: profile.name, tokens, spans };
}
