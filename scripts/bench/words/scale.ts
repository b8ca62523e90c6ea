import { end, whole, workersOf, type Bench } from "../given.ts";
import { measureScale } from "../measure-scale.ts";
import { isScaleHeld, renderScaleReport } from "../report-scale.ts";

const BOOKS = 7_000;
const SEARCH_ROUNDS = 3;

/** A library as large as the real one, from the export to the search. */
export const bench: Bench = {
  options: ["workers", "books", "runs", "keep", "save"],
  words: 0,
  async run(given) {
    const books = whole(given, "books", BOOKS);
    const searchRounds = whole(given, "runs", SEARCH_ROUNDS);
    const measured = await measureScale({
      books,
      workers: workersOf(given),
      keep: given.values.keep ?? null,
      searchRounds,
    });
    await end(given, renderScaleReport(measured), measured, isScaleHeld(measured));
  },
};
