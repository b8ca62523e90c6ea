/**
 * What failed after the texts: `embed` (the embedder itself), `embed:<key of the vector>`, `push:<sink>`, `push:<sink>:<chunk>`. It is named beside the
 * failures of units, and makes no book less whole.
 */
export function isStageFailure(id: string): boolean {
  return id === EMBEDDER_FAILURE || id.startsWith(EMBED_FAILURE) || id.startsWith(PUSH_FAILURE);
}

export const EMBEDDER_FAILURE = "embed";
export const EMBED_FAILURE = "embed:";
const PUSH_FAILURE = "push:";

/** Of one record of a sink; without one, of the sink itself. */
export function pushFailure(sink: string, chunk?: string): string {
  return `${PUSH_FAILURE}${sink}${chunk === undefined ? "" : `:${chunk}`}`;
}

/** Under which a book fails whose counts promise what no version has. */
const COUNTS = "counts:";

export function countsFailure(title: string): string {
  return `${COUNTS}${title}`;
}

export function isCountsFailure({ unitId }: { readonly unitId: string }): boolean {
  return unitId.startsWith(COUNTS);
}
