import { choiceOf, end, whole, type Bench } from "../given.ts";
import { measureStages } from "../stages/measure.ts";
import { areStagesProven, renderStagesReport } from "../stages/report.ts";

/** Each stage by itself over the texts of an ingest, and its share of it. */
export const bench: Bench = {
  options: ["workers", "books", "runs", "generated", "save"],
  words: 0,
  async run(given) {
    const measured = await measureStages({ ...choiceOf(given), rounds: whole(given, "runs", 5) });
    await end(given, renderStagesReport(measured), measured, areStagesProven(measured));
  },
};
