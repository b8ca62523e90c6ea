import type { SinkKind } from "@sofer/core";
import { elasticsearchKind } from "./elasticsearch/kind.ts";
import { jsonlKind } from "./jsonl/kind.ts";
import { pineconeKind } from "./pinecone/kind.ts";
import { postgresKind } from "./postgres/kind.ts";

export { statusError, storeClient, type StoreAnswer, type StoreClient, type StoreRequest } from "./http.ts";

/** Every adapter, in the order of docs/sinks.md; the embedded store is the library's own (store). */
export const SINK_KINDS: readonly SinkKind[] = [jsonlKind, postgresKind, pineconeKind, elasticsearchKind];
export { openEmbedder, type EmbedderOptions } from "./embedders/open-embedder.ts";
