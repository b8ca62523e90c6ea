import type { OffsetMap } from "./offset-map.ts";

export const Gap = { none: 0, space: 1, line: 2 } as const;
export type Gap = (typeof Gap)[keyof typeof Gap];

const WORD_END = /[\p{L}\p{N}\p{M}]$/u;
const WORD_START = /^[\p{L}\p{N}]/u;

/** Where the scanner writes: trims, and makes one space or one line break of every stretch of white space. */
export class TextTarget {
  text = "";
  readonly #map: OffsetMap | null;
  #gap: Gap = Gap.none;
  #gapRaw = 0;
  #noteTaken = false;

  constructor(map: OffsetMap | null) {
    this.#map = map;
  }

  /** Text copied from `rawStart`, or made from `rawStart` to `rawEnd`. Not empty, no white space at its ends. */
  append(piece: string, rawStart: number, rawEnd: number, copied: boolean): void {
    // Where a footnote was taken out between two words that nothing else parts, a space parts them.
    if (this.#noteTaken && this.#gap === Gap.none && WORD_END.test(this.text) && WORD_START.test(piece)) {
      this.gap(Gap.space, rawStart);
    }
    this.#noteTaken = false;
    if (this.#gap !== Gap.none && this.text !== "") {
      this.#map?.add(this.text.length, this.#gapRaw, this.#gapRaw, false);
      this.text += this.#gap === Gap.line ? "\n" : " ";
    }
    this.#gap = Gap.none;
    this.#map?.add(this.text.length, rawStart, rawEnd, copied);
    this.text += piece;
  }

  gap(kind: Gap, raw: number): void {
    if (this.#gap === Gap.none) this.#gapRaw = raw;
    if (kind > this.#gap) this.#gap = kind;
  }

  noteTaken(): void {
    this.#noteTaken = true;
  }
}
