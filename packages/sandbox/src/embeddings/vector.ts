/**
 * A vector for any text, without a model: each word points somewhere of its own, a text where its words point together.
 * So texts that share words are near each other, and the same text has the same vector everywhere.
 */
export function wordVector(text: string, dimensions: number): number[] {
  const sum = new Float64Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    // xorshift32, seeded by the word.
    let state = Number(Bun.hash.xxHash32(word)) || 1;
    for (let at = 0; at < dimensions; at++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      sum[at] = (sum[at] ?? 0) + (state | 0) / 2 ** 31;
    }
  }
  const length = Math.hypot(...sum);
  return Array.from(sum, (number) => (length === 0 ? 1 : Math.round((number / length) * 1e7) / 1e7));
}
