import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { EmbedLimits, EmbedTask, SecretName } from "@sofer/core";
import type { AnswerShape } from "./answer.ts";

/** The part of the providers' models that we use. */
export interface ProviderModel {
  doEmbed(options: {
    values: string[];
    dimensions?: number;
    abortSignal?: AbortSignal;
    providerOptions?: Record<string, Record<string, string>>;
  }): PromiseLike<{ embeddings: number[][]; usage?: { tokens: number } | undefined }>;
}

export interface ModelOptions {
  readonly model: string;
  /** null: the provider's own address. */
  readonly url: string | null;
  readonly key: string;
  readonly fetch: typeof fetch;
}

/** A service that embeds, as the part of `--embed` before the colon names it. */
export interface EmbedProvider {
  readonly name: string;
  readonly secret: SecretName;
  readonly isSecretNeeded: boolean;
  /** null: it must be given, with --embed-url. */
  readonly url: string | null;
  readonly limits: EmbedLimits;
  readonly shape: AnswerShape;
  /** How the provider is told what the vectors are for. */
  readonly taskOptions: (task: EmbedTask) => Record<string, Record<string, string>>;
  make(options: ModelOptions): ProviderModel;
}

const OPENAI_SHAPE: AnswerShape = { list: "data", numbers: "embedding", single: null };

export const PROVIDERS: readonly EmbedProvider[] = [
  {
    name: "google",
    secret: "GOOGLE_GENERATIVE_AI_API_KEY",
    isSecretNeeded: true,
    url: "https://generativelanguage.googleapis.com/v1beta",
    // The service takes 100 texts, and cuts one that is longer than the model reads without saying so.
    limits: { maxTexts: 100, maxBytes: 1_000_000, maxTextTokens: 2_048 },
    shape: { list: "embeddings", numbers: "values", single: "embedding" },
    taskOptions: (task) => ({
      google: { taskType: task === "document" ? "RETRIEVAL_DOCUMENT" : "RETRIEVAL_QUERY" },
    }),
    make: ({ model, url, key, fetch }) =>
      createGoogle({ apiKey: key, fetch, ...(url === null ? {} : { baseURL: url }) }).embeddingModel(model),
  },
  {
    name: "openai",
    secret: "OPENAI_API_KEY",
    isSecretNeeded: true,
    url: "https://api.openai.com/v1",
    // The service takes 2,048 texts and 300,000 tokens; bytes are never fewer than tokens. Reading the answer of 128 texts
    // with 1,536 numbers takes 36 ms of processor time, of 256 twice that: the loop is not to stand still for 100 ms.
    limits: { maxTexts: 128, maxBytes: 300_000, maxTextTokens: 8_191 },
    shape: OPENAI_SHAPE,
    taskOptions: () => ({}),
    make: ({ model, url, key, fetch }) =>
      createOpenAI({ apiKey: key, fetch, ...(url === null ? {} : { baseURL: url }) }).embeddingModel(model),
  },
  {
    name: "openai-compatible",
    secret: "EMBED_API_KEY",
    isSecretNeeded: false,
    url: null,
    // Text Embeddings Inference takes 32 texts unless started otherwise; the others take more.
    limits: { maxTexts: 32, maxBytes: 1_000_000, maxTextTokens: null },
    shape: OPENAI_SHAPE,
    taskOptions: () => ({}),
    make: ({ model, url, key, fetch }) =>
      createOpenAICompatible({
        name: "compatible",
        baseURL: url ?? "",
        fetch,
        ...(key === "" ? {} : { apiKey: key }),
      }).embeddingModel(model),
  },
];
