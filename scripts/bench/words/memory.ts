import { end, whole, workersOf, type Bench } from "../given.ts";
import { isFlat, measureMemory, renderMemoryReport } from "../measure-memory.ts";

const BOOKS = 1_000;
const FEWEST_BOOKS = 10;

/** Memory over a library, and over one with ten times the text. */
export const bench: Bench = {
  options: ["workers", "books", "save"],
  words: 0,
  async run(given) {
    const books = whole(given, "books", BOOKS, FEWEST_BOOKS);
    const measured = await measureMemory({ books, workers: workersOf(given) });
    await end(given, renderMemoryReport(measured), measured, isFlat(measured));
  },
};
