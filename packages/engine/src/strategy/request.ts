import type { LeafRange, TextRequest, TextUnit } from "@sofer/core";
import { slotsIn } from "../split.ts";

/** One text request of a unit. */
export function requestOf(unit: TextUnit, range: LeafRange | null): TextRequest {
  const { bookTitle, leaf, shape, versions } = unit;
  // Named versions may rightly have nothing here; only "all" must bring what the shape promises.
  return { bookTitle, leaf, range, versions, promised: versions === "all" && slotsIn(shape, range) > 0 };
}
