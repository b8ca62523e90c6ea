import type { SoferError } from "./errors.ts";

/**
 * From text to vectors. An **embedder** is one model behind one service; a **vector** is the answer for one text. What
 * was paid for is kept: a vector goes into the file of vectors as soon as its request was answered, under a key that says
 * what it was made of, and is never asked for again.
 */

/** Models that know the difference embed what is looked for otherwise than what is found. */
export type EmbedTask = "document" | "query";

/** What one request may hold. Texts above it are the caller's to part; a text that is too long by itself fails by name. */
export interface EmbedLimits {
  readonly maxTexts: number;
  /** UTF-8 bytes of all texts together: never fewer than tokens. */
  readonly maxBytes: number;
  /** Tokens of one text, as we count them (text's TOKENIZER): a longer one may be cut without a word. null: not known. */
  readonly maxTextTokens: number | null;
}

export interface EmbedAnswer {
  /** In the order of the texts, one for each: its vector, or (`bad-vectors`) what is wrong with what came instead. */
  readonly vectors: readonly (Float32Array | SoferError)[];
  /** Tokens that the service counted, or null where it does not say. */
  readonly tokens: number | null;
}

/**
 * Promises of `embed`: it is one request and may be called twice with the same texts; several may be in flight; nothing
 * is kept between calls. A vector that comes back was checked: it is the one of its text, of the dimensions asked for (or,
 * without any, of the length of the others), finite and not all zero. One that is not comes back as an error of its own,
 * so that the others of its request, which are paid for, are kept.
 *
 * What follows from an error is its `next`:
 * - `retry` (no connection, 5xx, an answer that fails a check), `later` (429 and 503 with a pause, its length in
 *   `retryAfterMs`): the same texts may be sent again;
 * - `split` (`too-large`, `item-refused`): something about these texts is refused; asked in halves, the others get their
 *   vectors, and what is left alone is refused by name;
 * - `stop` (no right key, no such model): no text will get a vector.
 *
 * No error holds the key or the texts.
 */
export interface Embedder {
  /** `provider:model`, as on the command line. Part of the key of every vector. */
  readonly name: string;
  /** Numbers in a vector as asked for; null: as many as the model gives by itself. */
  readonly dimensions: number | null;
  readonly limits: EmbedLimits;
  /** host or host:port that is asked: the pace belongs to it. */
  readonly host: string;
  embed(texts: readonly string[], task: EmbedTask, signal: AbortSignal): Promise<EmbedAnswer>;
}

/** Vectors that can be compared with each other. */
export interface VectorSpace {
  /** The embedder's name. */
  readonly model: string;
  readonly dimensions: number;
}

/** A chunk's vector. */
export interface ChunkVector {
  /** 32 hex digits: of the embedded text, the model, the dimensions and the task. Another key is another vector. */
  readonly key: string;
  readonly values: Float32Array;
}
