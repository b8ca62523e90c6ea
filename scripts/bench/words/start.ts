import { end, whole, type Bench } from "../given.ts";
import { measureStart } from "../start/measure.ts";
import { isPrompt, renderStartReport } from "../start/report.ts";

/** How long commands take to say something. */
export const bench: Bench = {
  options: ["runs", "save"],
  words: 0,
  async run(given) {
    const measured = await measureStart({ runs: whole(given, "runs", 20), verbs: true });
    await end(given, renderStartReport(measured), measured, isPrompt(measured));
  },
};
