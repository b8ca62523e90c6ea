import { end, whole, workersOf, type Bench } from "../given.ts";
import { isCheap, measureApi, renderApiReport } from "../measure-api.ts";

/** What many watchers cost an ingest. */
export const bench: Bench = {
  options: ["workers", "runs", "save"],
  words: 0,
  async run(given) {
    const measured = await measureApi({ pairs: whole(given, "runs", 5), workers: workersOf(given) });
    await end(given, renderApiReport(measured), measured, isCheap(measured));
  },
};
