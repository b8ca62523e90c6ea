import type { SinkKind } from "@sofer/core";

export { statusError, storeClient, type StoreAnswer, type StoreClient, type StoreRequest } from "./http.ts";

/** Every adapter, in the order of docs/sinks.md; the embedded store is the library's own (store). */
export const SINK_KINDS: readonly SinkKind[] = [];
export { openEmbedder, type EmbedderOptions } from "./embedders/open-embedder.ts";
