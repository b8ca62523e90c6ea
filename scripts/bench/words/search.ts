import { choiceOf, end, whole, type Bench } from "../given.ts";
import { isQuick, measureSearch, renderSearchReport, withLibrary } from "../measure-search.ts";

/** How long searches take. */
export const bench: Bench = {
  options: ["workers", "books", "runs", "latency", "generated", "save", "library"],
  words: 0,
  async run(given) {
    const rounds = whole(given, "runs", 5);
    const choice = () => choiceOf(given);
    const measured = await withLibrary(given.values.library ?? null, choice, (path) => measureSearch(path, rounds));
    await end(given, renderSearchReport(measured), measured, isQuick(measured));
  },
};
