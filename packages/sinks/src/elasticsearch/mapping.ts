import type { SinkSpec } from "@sofer/core";

/** Version of the layout below: Sink.mapping. It stands in the index's `_meta`, by which an index is known as ours. */
export const MAPPING = 1;

/** What answers, as it says itself: the two name vectors differently. */
export type ServerKind = "elasticsearch" | "opensearch";

/** What an index of ours says of itself. */
export interface IndexMeta {
  readonly mapping: number;
  readonly profile: string;
  /** null: it takes no vectors. */
  readonly model: string | null;
}

const keyword = { type: "keyword" };
/** Kept, shown, and not looked for. A keyword that is looked for may not be longer than 32,766 bytes. */
const kept = { type: "keyword", index: false, doc_values: false };

/**
 * Every field of a record, and no other: `strict` refuses a record that says something the mapping does not know, by
 * name, where a guessed mapping would take it in and never find it.
 *
 * `searchText` is what is searched: it is normalised (no markup, no cantillation, no niqqud, no quotes inside Hebrew
 * words), so that any analyzer that parts words does. `text`, as it is shown, is not indexed: pointed words match no query.
 * `id` repeats the record's key, because stores do not sort by `_id`, and the scan goes by it.
 */
const PROPERTIES = {
  id: keyword,
  contentHash: { type: "keyword", index: false },
  vectorKey: kept,
  profile: keyword,
  title: keyword,
  heTitle: keyword,
  categories: keyword,
  language: keyword,
  versionTitle: keyword,
  license: keyword,
  versionSource: kept,
  ref: keyword,
  heRef: keyword,
  refs: keyword,
  spans: { type: "object", enabled: false },
  links: { properties: { ref: keyword, type: keyword } },
  text: { type: "text", index: false },
  searchText: { type: "text", analyzer: "standard" },
  tokens: { type: "integer" },
  url: kept,
};

/** The body that makes the index. */
export function indexBody(server: ServerKind, { profile, space }: SinkSpec): object {
  const meta: IndexMeta = { mapping: MAPPING, profile, model: space?.model ?? null };
  const isKnn = server === "opensearch" && space !== null;
  return {
    ...(isKnn ? { settings: { index: { knn: true } } } : {}),
    mappings: {
      _meta: { sofer: meta },
      dynamic: "strict",
      properties: space === null ? PROPERTIES : { ...PROPERTIES, vector: vectorField(server, space.dimensions) },
    },
  };
}

/** Compared by the angle, as the embedding services mean it; how the graph is built is left to the server. */
function vectorField(server: ServerKind, dimensions: number): object {
  return server === "elasticsearch"
    ? { type: "dense_vector", dims: dimensions, index: true, similarity: "cosine" }
    : {
        type: "knn_vector",
        dimension: dimensions,
        method: { name: "hnsw", engine: "lucene", space_type: "cosinesimil" },
      };
}
