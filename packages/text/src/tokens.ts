import { loadWordCounter, type WordCounter } from "./byte-pairs.ts";

/**
 * The encoding all token counts are in, and the library that counts. o200k, because it is kindest to Hebrew:
 * tokens per character of clean text, measured on five real books (2 M characters), o200k against cl100k: pointed
 * Hebrew 0.90 / 1.43, plain Hebrew 0.40 / 0.97, English 0.23 / 0.25. Part of every chunk id.
 */
export const TOKENIZER = "o200k_base/gpt-tokenizer@4.0.0";

/** Longer words are rare and are counted each time. */
const MAX_CACHED_UNITS = 64;
/**
 * Words kept; a word has at most WAYS places to be in. 9 MB, whatever the library (M: 253 real books have 771,000 words,
 * of which 410,000 come once).
 */
const MAX_CACHED_WORDS = 1 << 20;
const WAYS = 8;

/**
 * Counts of words, known by two hashes of 32 bits: cutting a word out of its text to ask a Map costs more than counting
 * most of them, and keeping the words themselves holds a quarter as many in twice the room (decision 0031). Among ten
 * million words the chance that two are taken for each other is 1 in 370,000.
 * A word that finds no free place takes one that it may have.
 */
class WordCounts {
  readonly #hashes = new Int32Array(MAX_CACHED_WORDS * 2);
  /** 0: free. */
  readonly #counts = new Uint8Array(MAX_CACHED_WORDS);
  readonly #count: WordCounter;

  constructor(count: WordCounter) {
    this.#count = count;
  }

  /** Tokens of the word in `text` from `start` to `end`, whose units hash to `hash` and `check`. */
  tokens(text: string, start: number, end: number, hash: number, check: number): number {
    if (end - start > MAX_CACHED_UNITS) return this.#count(text.slice(start, end));
    const first = hash ^ (hash >>> 15);
    let place = (first + (check & (WAYS - 1))) & (MAX_CACHED_WORDS - 1);
    for (let way = 0; way < WAYS; way++) {
      const at = (first + way) & (MAX_CACHED_WORDS - 1);
      const count = this.#counts[at] ?? 0;
      if (count === 0) {
        place = at;
        break;
      }
      if (this.#hashes[2 * at] === hash && this.#hashes[2 * at + 1] === check) return count;
    }
    const tokens = this.#count(text.slice(start, end));
    // At most three tokens a unit, so that 64 units always fit in a byte.
    this.#counts[place] = tokens;
    this.#hashes[2 * place] = hash;
    this.#hashes[2 * place + 1] = check;
    return tokens;
  }
}

let counts: WordCounts | null = null;

/**
 * Tokens of a text. The first call loads the tokenizer; see {@link loadTokenizer}.
 *
 * The encoding never joins what stands before a single space with what follows it (the space goes with the next word),
 * so the count of a text is exactly the sum over its words, and a library's words repeat.
 */
export function countTokens(text: string): number {
  counts ??= new WordCounts(loadWordCounter());
  let tokens = 0;
  let start = 0;
  let hash = 0;
  let check = 0;
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    // White space beside the space would be one token with it: no cut there.
    if (
      unit === 0x20 &&
      at > 0 &&
      at + 1 < length &&
      !isWhite(text.charCodeAt(at - 1)) &&
      !isWhite(text.charCodeAt(at + 1))
    ) {
      tokens += counts.tokens(text, start, at, hash, check);
      start = at;
      hash = 0;
      check = 0;
    }
    hash = Math.imul(hash ^ unit, 0x9e3779b1);
    hash ^= hash >>> 15;
    check = Math.imul((check << 7) ^ (check >>> 25) ^ unit, 0x85ebca6b) + 0x165667b1;
  }
  return start < length ? tokens + counts.tokens(text, start, length, hash, check) : tokens;
}

function isWhite(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  // The rest of what `\s` matches.
  return unit === 0xa0 || (unit >= 0x1680 && /\s/.test(String.fromCharCode(unit)));
}

/** Loads the tokenizer now, so that the first count does not stall; returns {@link countTokens}. */
export function loadTokenizer(): Promise<(text: string) => number> {
  counts ??= new WordCounts(loadWordCounter());
  return Promise.resolve(countTokens);
}
