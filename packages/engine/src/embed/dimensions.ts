import { SoferError, type Embedder, type VectorSpace } from "@sofer/core";
import type { VectorCache } from "@sofer/store";
import type { Sender } from "../pace/sender.ts";

/** Asked to see how long a model's vectors are. Two, in requests of their own: one wrong answer does not decide. */
const PROBES = ["In the beginning", "בראשית"];

/**
 * The space of an embedder's vectors: as asked for, as known from the file of vectors, or as two probes agree; then it is
 * kept there, so that a model is probed once.
 */
export async function spaceOf(embedder: Embedder, cache: VectorCache, sender: Sender): Promise<VectorSpace> {
  const { name, dimensions } = embedder;
  if (dimensions !== null) return { model: name, dimensions };
  const known = cache.space(name, null);
  if (known !== null) return known;
  const lengths: number[] = [];
  for (const probe of PROBES) {
    const length = await sender.untilDone(embedder.host, async (signal) => {
      const [vector] = (await embedder.embed([probe], "document", signal)).vectors;
      if (vector instanceof Float32Array) return vector.length;
      throw vector ?? new SoferError("bad-vectors", "no vector came for a probe");
    });
    lengths.push(length);
  }
  const [first, second] = lengths;
  if (first === undefined || first !== second) {
    throw new SoferError("hopeless", `${name} gave vectors of ${lengths.join(" and of ")} numbers`, {
      hint: "say with --dimensions which are right",
    });
  }
  const space = { model: name, dimensions: first };
  cache.saveSpace(space, null);
  return space;
}
