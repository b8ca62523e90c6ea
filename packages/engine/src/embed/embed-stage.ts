import {
  EMBED_FAILURE,
  EMBEDDER_FAILURE,
  SoferError,
  systemClock,
  toPlainError,
  type Embedder,
  type VectorSpace,
} from "@sofer/core";
import { openVectorCache, type FailedItem, type VectorCache } from "@sofer/store";
import { countTokens } from "@sofer/text";
import { withLibraryAtRest, type AtRest } from "../at-rest.ts";
import { Breath } from "../breath.ts";
import type { Sender } from "../pace/sender.ts";
import { spaceOf } from "./dimensions.ts";
import { embedBatch, type UnembeddedText } from "./embed-batch.ts";
import { InFlight } from "./in-flight.ts";
import { documentText, vectorKey, type EmbeddedBy } from "./vector-key.ts";

export interface EmbedOptions {
  readonly libraryPath: string;
  readonly embedder: Embedder;
  readonly documentPrefix?: string | null;
  /** Chunks of these are embedded. */
  readonly profiles: readonly string[];
  /** Absent: of the whole library. */
  readonly titles?: readonly string[] | undefined;
  readonly sender: Sender;
  /** JSON, kept in the library so that `retry` embeds in the same way; without secrets. */
  readonly settings: string;
  /** Requests in flight at most. */
  readonly concurrency: number;
  readonly onProgress?: (progress: EmbedProgress) => void;
}

export interface EmbedProgress {
  /** Looked at so far, of all. */
  readonly chunks: number;
  readonly ofChunks: number;
  readonly embedded: number;
  readonly failed: number;
}

/** chunks = their texts, each as often as it is met; of the different ones: texts = known + embedded + failed + left. */
export interface EmbedReceipt {
  readonly outcome: "whole" | "failures" | "interrupted";
  readonly space: VectorSpace;
  readonly chunks: number;
  readonly texts: number;
  /** Had a vector before. */
  readonly known: number;
  readonly embedded: number;
  readonly failed: number;
  readonly requests: number;
  /** As the service counted them; null: it did not, in some answer. */
  readonly tokens: number | null;
  readonly seconds: number;
}

/** Key of `meta` for the settings of the last embedding. */
export const EMBED_SETTINGS = "embed-settings";

/** Texts that were refused one by one, before any had a vector: then it is not the texts. */
const REFUSED_AT_FIRST = 8;
/** Failures written at once. */
const FAILURES_AT_ONCE = 100;

/**
 * Gives every chunk's text a vector: texts that have one, from whatever run or library, are passed over; the others go to
 * the embedder in batches, and each answered request's vectors are committed at once. So a kill costs what was in flight.
 */
export function embedChunks(options: EmbedOptions): Promise<EmbedReceipt> {
  return withLibraryAtRest(options.libraryPath, async (rest) => {
    using cache = openVectorCache(options.libraryPath);
    return await new EmbedStage(options, rest, cache).run();
  });
}

class EmbedStage {
  readonly #options: EmbedOptions;
  readonly #rest: AtRest;
  readonly #cache: VectorCache;
  /** Keys met in this run: in a batch, in flight, embedded or failed. */
  readonly #met = new Set<string>();
  readonly #failedKeys = new Set<string>();
  #failures: FailedItem[] = [];
  #chunks = 0;
  #known = 0;
  #embedded = 0;
  #requests = 0;
  #tokens: number | null = 0;

  constructor(options: EmbedOptions, rest: AtRest, cache: VectorCache) {
    this.#options = options;
    this.#rest = rest;
    this.#cache = cache;
  }

  async run(): Promise<EmbedReceipt> {
    const { sender, embedder } = this.#options;
    const startedMs = systemClock.monotonicMs();
    await this.#rest.writer.call("saveMeta", EMBED_SETTINGS, this.#options.settings);
    const inFlight = new InFlight(this.#options.concurrency);
    let space: VectorSpace = { model: embedder.name, dimensions: embedder.dimensions ?? 0 };
    try {
      space = await spaceOf(embedder, this.#cache, sender);
      await this.#embedAll(inFlight);
    } catch (thrown) {
      if (!sender.signal.aborted) {
        const error = toPlainError(thrown);
        this.#failures.push({ id: EMBEDDER_FAILURE, title: "", place: embedder.name, error });
        throw thrown;
      }
    } finally {
      // What is on its way is waited for, whatever happened: it is paid for.
      await inFlight.settled();
      await this.#writeFailures();
    }
    const isInterrupted = sender.signal.aborted;
    await this.#resolve(isInterrupted);
    const failed = this.#failedKeys.size;
    return {
      outcome: isInterrupted ? "interrupted" : failed > 0 ? "failures" : "whole",
      space,
      chunks: this.#chunks,
      texts: this.#met.size,
      known: this.#known,
      embedded: this.#embedded,
      failed,
      requests: this.#requests,
      tokens: this.#tokens,
      seconds: (systemClock.monotonicMs() - startedMs) / 1000,
    };
  }

  async #embedAll(inFlight: InFlight): Promise<void> {
    const { embedder, sender } = this.#options;
    const { maxTexts, maxBytes } = embedder.limits;
    const breath = new Breath();
    let batch: UnembeddedText[] = [];
    let bytes = 0;
    const send = async () => {
      const sent = batch;
      batch = [];
      bytes = 0;
      if (sent.length > 0) await inFlight.add(() => this.#embed(sent));
    };
    for (const text of this.#texts()) {
      sender.signal.throwIfAborted();
      if (text !== null) {
        const size = Buffer.byteLength(text.text);
        if (batch.length >= maxTexts || bytes + size > maxBytes) await send();
        batch.push(text);
        bytes += size;
      }
      await this.#writeFailures(FAILURES_AT_ONCE);
      await breath.take();
    }
    await send();
    await inFlight.finished();
  }

  /** Texts without a vector, each once; null for a chunk whose text has one or was met before. */
  *#texts(): Generator<UnembeddedText | null> {
    const { embedder, profiles, titles, onProgress } = this.#options;
    const { library } = this.#rest;
    const { name: model, dimensions } = embedder;
    const by: EmbeddedBy = { model, dimensions, documentPrefix: this.#options.documentPrefix ?? null };
    const counts = library.chunkProfiles();
    const ofChunks = profiles.reduce((sum, profile) => sum + (counts.get(profile) ?? 0), 0);
    for (const profile of profiles) {
      for (const chunk of library.chunkTexts({ profile, ...(titles === undefined ? {} : { titles }) })) {
        this.#chunks++;
        const text = documentText(by, chunk.text);
        const key = vectorKey(by, "document", text);
        onProgress?.({ chunks: this.#chunks, ofChunks, embedded: this.#embedded, failed: this.#failedKeys.size });
        if (this.#met.has(key)) {
          yield null;
          continue;
        }
        this.#met.add(key);
        const isMissing = this.#cache.missing([key]).length > 0;
        if (!isMissing) this.#known++;
        const unembedded = { key, text, title: chunk.title, ref: chunk.ref };
        yield isMissing && this.#fits(unembedded) ? unembedded : null;
      }
    }
  }

  /** False: it is longer than the model reads, and has failed by name. */
  #fits(text: UnembeddedText): boolean {
    const { name, limits } = this.#options.embedder;
    const most = limits.maxTextTokens;
    // Bytes are never fewer than tokens, and need no counting.
    if (most === null || Buffer.byteLength(text.text) <= most) return true;
    const tokens = countTokens(text.text);
    if (tokens <= most) return true;
    const message = `the text has ${tokens} tokens; ${name} reads ${most}`;
    this.#fail(
      text,
      new SoferError("bad-item", message, { hint: "embed chunks with fewer tokens: --profiles vector" }),
    );
    return false;
  }

  #embed(batch: readonly UnembeddedText[]): Promise<void> {
    const { embedder, sender } = this.#options;
    return embedBatch(batch, {
      embedder,
      sender,
      onRequest: () => this.#requests++,
      onVectors: (vectors, tokens) => {
        this.#cache.put(vectors, systemClock.now());
        this.#embedded += vectors.length;
        this.#tokens = tokens === null || this.#tokens === null ? null : this.#tokens + tokens;
      },
      onFailed: (text, error) => this.#fail(text, error),
    });
  }

  #fail(text: UnembeddedText, error: SoferError): void {
    this.#failedKeys.add(text.key);
    this.#failures.push({
      id: `${EMBED_FAILURE}${text.key}`,
      title: text.title,
      place: text.ref,
      error: toPlainError(error),
    });
    if (this.#embedded === 0 && this.#failedKeys.size >= REFUSED_AT_FIRST && error.code === "bad-item") {
      throw new SoferError("hopeless", `${this.#options.embedder.name} refuses every text: ${error.message}`, {
        hint: "is the model one for embeddings, and does it know --dimensions?",
        cause: error,
      });
    }
  }

  async #writeFailures(atLeast = 1): Promise<void> {
    if (this.#failures.length < atLeast) return;
    const failures = this.#failures;
    this.#failures = [];
    await this.#rest.writer.call("failItems", failures, systemClock.now());
  }

  /** Failures of earlier runs that are none any more: the text has its vector; or no chunk has the text, when all were seen. */
  async #resolve(isInterrupted: boolean): Promise<void> {
    const hasSeenAll = !isInterrupted && this.#options.titles === undefined;
    const ids = this.#rest.library
      .failures()
      .map((row) => row.unitId)
      .filter((id) => id === EMBEDDER_FAILURE || id.startsWith(EMBED_FAILURE));
    const resolved = ids.filter((id) => {
      if (id === EMBEDDER_FAILURE) return !isInterrupted;
      const key = id.slice(EMBED_FAILURE.length);
      if (this.#failedKeys.has(key)) return false;
      return (hasSeenAll && !this.#met.has(key)) || this.#cache.missing([key]).length === 0;
    });
    if (resolved.length > 0) await this.#rest.writer.call("resolveFailures", resolved);
  }
}
