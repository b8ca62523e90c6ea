import { benchFunctions } from "../functions.ts";
import type { Bench } from "../given.ts";

/** Single functions; a further word runs those with it in their name. */
export const bench: Bench = {
  options: [],
  words: 1,
  run: ({ words }) => benchFunctions(words[0] ?? null),
};
