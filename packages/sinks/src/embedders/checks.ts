import { SoferError } from "@sofer/core";

/**
 * One checked outcome for each text.
 * @param dimensions numbers that each must have; null: as many as most of them have.
 */
export function checkVectors(
  embeddings: readonly (readonly number[])[],
  dimensions: number | null,
  url: string,
): (Float32Array | SoferError)[] {
  const wanted = dimensions ?? commonest(embeddings.map((numbers) => numbers.length));
  return embeddings.map((numbers) => {
    const wrong = faultOf(numbers, wanted);
    return wrong === null ? Float32Array.from(numbers) : new SoferError("bad-vectors", wrong, { url });
  });
}

function faultOf(numbers: readonly number[], dimensions: number): string | null {
  if (numbers.length === 0) return "no vector came for this text";
  if (numbers.length !== dimensions) return `the vector has ${numbers.length} numbers, not ${dimensions}`;
  let hasSome = false;
  for (const number of numbers) {
    // What a 32-bit float holds as infinity is no number of a vector either.
    if (!Number.isFinite(Math.fround(number))) return "the vector has a number that is not finite";
    if (Math.fround(number) !== 0) hasSome = true;
  }
  return hasSome ? null : "the vector is all zero";
}

/** The smallest of the commonest, so that it depends on nothing else; 0 of none. */
function commonest(lengths: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const length of lengths) if (length > 0) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
}
