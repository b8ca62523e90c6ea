import { SoferError, type Embedder } from "@sofer/core";
import { openNearest, type NearChunk } from "@sofer/store";
import { embeddingText } from "@sofer/text";
import type { Sender } from "../pace/sender.ts";

export interface NearestOptions {
  readonly libraryPath: string;
  readonly embedder: Embedder;
  readonly sender: Sender;
  readonly query: string;
  /** Put before the query, as some models want it; absent: nothing. */
  readonly queryPrefix?: string | null;
  readonly limit: number;
  /** Chunks that may be in the answer, of those given; absent: all. */
  readonly accept?: (ids: readonly string[]) => ReadonlySet<string>;
}

export interface NearestAnswer {
  /** The nearest first: what a search by meaning, or by words and meaning, ranks with. */
  readonly nearest: readonly NearChunk[];
  /** Extensions of SQLite do not load here: every vector was compared. Worth saying once. */
  readonly isExact: boolean;
}

/**
 * The chunks whose vectors are nearest to a query's, from the embedded store.
 * @throws `usage` where nothing was pushed to it, `mismatch` where its vectors are of another model
 */
export async function nearestChunks(options: NearestOptions): Promise<NearestAnswer> {
  const { embedder, sender, query, limit, accept } = options;
  using store = openNearest(options.libraryPath);
  if (store === null) {
    throw new SoferError("usage", "the embedded store holds no vectors", {
      hint: "sofer push --to embedded --embed provider:model",
    });
  }
  const { model, dimensions } = store.space;
  if (model !== embedder.name) {
    throw new SoferError("mismatch", `the embedded store holds vectors of ${model}, not of ${embedder.name}`, {
      hint: `give --embed ${model}`,
    });
  }
  const text = embeddingText(query);
  if (text === "") return { nearest: [], isExact: store.isExact };
  const vector = await sender.untilDone(embedder.host, async (signal) => {
    const [outcome] = (await embedder.embed([`${options.queryPrefix ?? ""}${text}`], "query", signal)).vectors;
    if (outcome instanceof Float32Array) return outcome;
    throw outcome ?? new SoferError("bad-vectors", "no vector came for the query");
  });
  if (vector.length !== dimensions) {
    throw new SoferError(
      "mismatch",
      `the query's vector has ${vector.length} numbers, the store's have ${dimensions}`,
      {
        hint: `give --dimensions ${dimensions}`,
      },
    );
  }
  return { nearest: store.nearest(vector, limit, accept), isExact: store.isExact };
}
