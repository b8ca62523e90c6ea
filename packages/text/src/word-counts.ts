import type { WordCounter } from "./byte-pairs.ts";
import { isWhite } from "./white-space.ts";

/** Words but the first, beside each other: where each begins, with its space, and the tokens of the text before it. */
export interface Words {
  readonly starts: number[];
  readonly before: number[];
}

/** Longer words are rare and are counted each time. */
const MAX_CACHED_UNITS = 64;
/**
 * Words kept; a word has at most WAYS places to be in. 9 MB, whatever the library (M: 253 real books have 771,000 words,
 * of which 410,000 come once).
 */
const MAX_CACHED_WORDS = 1 << 20;
const WAYS = 8;
const SPACE = 0x20;

/**
 * Counts of words, known by two hashes of 32 bits: cutting a word out of its text to ask a Map costs more than counting
 * most of them, and keeping the words themselves holds a quarter as many in twice the room (decision 0031). Among ten
 * million words the chance that two are taken for each other is 1 in 370,000.
 * A word that finds no free place takes one that it may have.
 */
export class WordCounts {
  readonly #hashes = new Int32Array(MAX_CACHED_WORDS * 2);
  /** 0: free. */
  readonly #counts = new Uint8Array(MAX_CACHED_WORDS);
  readonly #countWord: WordCounter;

  constructor(countWord: WordCounter) {
    this.#countWord = countWord;
  }

  /**
   * Tokens of a text: the sum over its words, each with the space before it.
   * @param words gets those of the text
   */
  count(text: string, words: Words | null): number {
    let tokens = 0;
    let start = 0;
    let hash = 0;
    let check = 0;
    const { length } = text;
    // At the ends of the text it is as if white space followed: no cut there.
    let last = SPACE;
    let unit = length === 0 ? SPACE : text.charCodeAt(0);
    for (let at = 0; at < length; at++) {
      const next = at + 1 < length ? text.charCodeAt(at + 1) : SPACE;
      // White space beside the space would be one token with it: no cut there.
      if (unit === SPACE && !isWhite(last) && !isWhite(next)) {
        tokens += this.#tokens(text, start, at, hash, check);
        words?.starts.push(at);
        words?.before.push(tokens);
        start = at;
        hash = 0;
        check = 0;
      }
      hash = Math.imul(hash ^ unit, 0x9e3779b1);
      hash ^= hash >>> 15;
      // Of 32 bits again: a greater sum would not be found in the table as what it was put there as.
      check = (Math.imul((check << 7) ^ (check >>> 25) ^ unit, 0x85ebca6b) + 0x165667b1) | 0;
      last = unit;
      unit = next;
    }
    return start < length ? tokens + this.#tokens(text, start, length, hash, check) : tokens;
  }

  /** Tokens of the word in `text` from `start` to `end`, whose units hash to `hash` and `check`. */
  #tokens(text: string, start: number, end: number, hash: number, check: number): number {
    if (end - start > MAX_CACHED_UNITS) return this.#countWord(text.slice(start, end));
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
    const tokens = this.#countWord(text.slice(start, end));
    // At most three tokens a unit, so that 64 units always fit in a byte.
    this.#counts[place] = tokens;
    this.#hashes[2 * place] = hash;
    this.#hashes[2 * place + 1] = check;
    return tokens;
  }
}
