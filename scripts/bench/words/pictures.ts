import { join } from "node:path";
import type { Bench } from "../given.ts";
import { drawPictures } from "../pictures/draw.ts";

const FIGURES = join(import.meta.dir, "..", "..", "..", "docs", "bench");

/** Draws docs/performance.md's pictures from the figures that were kept. */
export const bench: Bench = {
  options: [],
  words: 0,
  async run() {
    const drawn = await drawPictures(FIGURES);
    for (const { name, why } of drawn) console.log(why === null ? `docs/bench/${name}` : `not drawn: ${name}: ${why}`);
    process.exitCode = drawn.every(({ why }) => why === null) ? 0 : 1;
  },
};
