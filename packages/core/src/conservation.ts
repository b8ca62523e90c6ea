/**
 * Conservation: every non-blank string of an answer is stored or excluded, and we can prove it. Both sides count
 * strings and sum a 64-bit hash of each, modulo 2^64; the sum does not depend on order. The side that counts the raw
 * answer shares only this file with the side that parses it.
 */
export interface Tally {
  readonly count: number;
  /** Sum of the strings' hashes modulo 2^64, as 16 hex digits (plain data: it crosses processes and is stored). */
  readonly sum: string;
}

const MASK = (1n << 64n) - 1n;

/** Blank as the whole product means it: empty after JavaScript's `trim()`. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

export class TallyCounter {
  #count = 0;
  #sum = 0n;

  /** Adds a string unless it is blank. */
  add(text: string): void {
    if (isBlank(text)) return;
    this.#count++;
    this.#sum = (this.#sum + BigInt(Bun.hash.xxHash3(text))) & MASK;
  }

  tally(): Tally {
    return { count: this.#count, sum: this.#sum.toString(16).padStart(16, "0") };
  }
}

export const EMPTY_TALLY: Tally = { count: 0, sum: "0000000000000000" };

export function addTallies(...tallies: readonly Tally[]): Tally {
  let count = 0;
  let sum = 0n;
  for (const tally of tallies) {
    count += tally.count;
    sum = (sum + BigInt(`0x${tally.sum}`)) & MASK;
  }
  return { count, sum: sum.toString(16).padStart(16, "0") };
}

export function sameTally(a: Tally, b: Tally): boolean {
  return a.count === b.count && a.sum === b.sum;
}
