/**
 * Where each stretch of clean text came from. Runs are kept in order: a copied run maps unit by unit, a made one (an
 * entity's character, a space for a stretch of white space) maps whole to the place it stands for.
 */
export class OffsetMap {
  readonly #clean: number[] = [];
  readonly #raw: number[] = [];
  readonly #copied: boolean[] = [];
  #end = 0;

  /** Text that begins at `clean` was copied from `raw` (or made from what stands there); it ends at `rawEnd`. */
  add(clean: number, raw: number, rawEnd: number, copied: boolean): void {
    this.#clean.push(clean);
    this.#raw.push(raw);
    this.#copied.push(copied);
    this.#end = rawEnd;
  }

  /** Raw offset of a clean offset; never decreases. The clean text's end is the end of the last character kept. */
  toRaw(offset: number, cleanLength: number): number {
    if (offset >= cleanLength) return this.#end;
    let low = 0;
    let high = this.#clean.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#clean[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const raw = this.#raw[low] ?? 0;
    return this.#copied[low] === true ? raw + Math.max(0, offset) - (this.#clean[low] ?? 0) : raw;
  }
}
