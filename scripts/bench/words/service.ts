import { choiceOf, end, type Bench } from "../given.ts";
import { isProven } from "../ingest-run.ts";
import { measureIngest } from "../measure.ts";
import { renderReport } from "../report.ts";

/** A whole ingest by the web service. */
export const bench: Bench = {
  options: ["workers", "books", "latency", "generated", "save", "keep"],
  words: 0,
  async run(given) {
    const measured = await measureIngest({ ...choiceOf(given), keep: given.values.keep ?? null });
    await end(given, renderReport(measured), measured, isProven(measured));
  },
};
