import type { EmbedTask } from "@sofer/core";
import { EMBEDDING_TEXT, embeddingText } from "@sofer/text";

/** What the vectors of a run are made by. */
export interface EmbeddedBy {
  /** The embedder's name, `provider:model`. */
  readonly model: string;
  /** As asked for; null: none were. */
  readonly dimensions: number | null;
  /** Put before every document, as some models want it; absent: nothing. */
  readonly documentPrefix?: string | null;
}

/** A chunk's display text as it is sent. */
export function documentText(by: EmbeddedBy, clean: string): string {
  return `${by.documentPrefix ?? ""}${embeddingText(clean)}`;
}

/**
 * Under which a vector is kept, 32 hex digits: everything that it depends on. Not the address of the service: the same
 * model elsewhere gives the same vectors.
 * @param text as it is embedded
 */
export function vectorKey(by: EmbeddedBy, task: EmbedTask, text: string): string {
  const parts = JSON.stringify([EMBEDDING_TEXT, by.model, by.dimensions ?? 0, task, text]);
  return new Bun.CryptoHasher("sha256").update(parts).digest("hex").slice(0, 32);
}
